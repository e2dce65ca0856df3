"""Pieces that show what the page of 2002 describes (chapter "The listening room")."""
