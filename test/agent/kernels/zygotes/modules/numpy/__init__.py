"""Stands for a package that is imported before the fork."""
