"""Teach before anything is asked: lessons whose every answer is computed, and the words that they use."""
