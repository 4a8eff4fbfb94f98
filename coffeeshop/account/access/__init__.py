"""Find who makes a call, the requests that it needs authorized, and the policies that apply."""
