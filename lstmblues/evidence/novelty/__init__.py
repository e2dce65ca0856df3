"""The music of many networks, measured ("Is it new, and is it still the blues?")."""
