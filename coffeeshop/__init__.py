"""Coffeeshop: learn AWS Identity and Access Management by running a coffee shop in your terminal."""

__version__ = "0.1.0"
