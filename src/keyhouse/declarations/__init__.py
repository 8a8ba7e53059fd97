"""What folders demand of people before they see data, and what each declared: terms, purpose, IRB number, PHI level."""
