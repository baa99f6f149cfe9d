"""What our checks find in a reading, whatever its source says. Pure."""
