"""Skins: what makes a strawberry a strawberry, painted on a sphere with the stem at its top."""
