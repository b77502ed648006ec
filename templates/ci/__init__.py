"""What a repository of profiles needs in CI: GitHub's workflows, and GitLab's jobs."""
