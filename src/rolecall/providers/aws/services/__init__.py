"""What the resource types of one service share: a module a noun. The types themselves know nothing of each other."""
