"""What an AWS account needs to run Verger, and how code gets there."""
