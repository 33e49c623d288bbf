"""The five stages, one module each: what determines its checkpoint, and how it is computed."""
