"""How good the engine is, by protocols that neighbouring photographs cannot flatter.

Everything that is chosen is chosen by what is left out inside the training photographs; the judged
ones are asked once.
"""
