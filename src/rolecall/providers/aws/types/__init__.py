"""One module for each resource type or family of them; a type knows nothing of the others."""
