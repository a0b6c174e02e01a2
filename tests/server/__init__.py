"""The server: what clients ask of it, and what it must withstand."""
