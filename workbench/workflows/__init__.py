"""One user action a module; the only place where the parts are joined."""
