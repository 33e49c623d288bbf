"""What a run will do, decided before anything costs money: recipe, plan, planner.

Control. May use `catalogue`, `gates`, `lake` and what these use.
"""
