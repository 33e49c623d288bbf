"""EMR: clusters and steps as pure builders, the operator that runs a stage, the reaper.

May use `verger_runs` and the control rooms of `verger`; never a compute room.
"""
