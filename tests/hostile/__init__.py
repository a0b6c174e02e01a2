"""What an attacker or a clumsy disk would try; see SECURITY.md."""
