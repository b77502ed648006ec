"""What would become of each resource, from one preview to another: create, update, replace, delete, same."""
