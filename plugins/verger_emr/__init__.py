"""EMR: request bodies of clusters and steps, the operators that use them, the reaper of clusters.

May use `verger_runs` and the control rooms of `verger`; never a compute room.
"""
