"""The people of the team's Airflow: the first one is made, the others are added by people."""

from __future__ import annotations

ADMIN = "admin"


def add_first_admin(password: str) -> bool:
    """Add the user `admin` where there is nobody yet; False where there is somebody.

    Later users, roles and passwords are Airflow's own affair, and are never touched here.
    """
    # Airflow reads its settings when it is imported.
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from airflow.utils.providers_configuration_loader import providers_configuration_loaded

    @providers_configuration_loaded
    def add() -> bool:
        with get_application_builder() as builder:
            people = builder.sm
            if people.count_users():
                return False
            role = people.find_role("Admin")
            if not people.add_user(ADMIN, "First", "Admin", "admin@localhost", role, password):
                raise RuntimeError("Airflow did not add its first user; the lines above say why")
            return True

    return bool(add())
