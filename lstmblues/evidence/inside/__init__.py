"""What cells know, and which of them decide (chapter "A clock of eight cells")."""
