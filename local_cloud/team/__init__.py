"""What the services of docker-compose.yaml need: the team's secrets, setting up, health."""
