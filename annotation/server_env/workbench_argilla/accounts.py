"""The owner's account, and the accounts with which no server may run."""

from __future__ import annotations

import os
import sys
from typing import Any

from .launcher import OWNER_VARIABLE

# Argilla's own defaults, of its images and of its documentation; the key of each is its name with
# `.apikey` behind it.
_DEFAULT_USERS = ("argilla", "owner", "admin", "team")
_DEFAULT_PASSWORDS = ("1234", "12345678")


async def ensure_owner(db: Any) -> None:
    """Make the owner, or give an owner who is there the password and key of the launcher."""
    from argilla_server.contexts import accounts
    from argilla_server.models import User, UserRole

    name, password, key = (
        os.environ.pop(OWNER_VARIABLE + part) for part in ("", "_PASSWORD", "_KEY")
    )
    owner = await accounts.get_user_by_username(db, name)
    if owner is None:
        await User.create(
            db,
            first_name=name,
            username=name,
            role=UserRole.owner,
            password_hash=accounts.hash_password(password),
            api_key=key,
            workspaces=[],
        )
    elif owner.api_key != key or not accounts.verify_password(password, owner.password_hash):
        hashed = accounts.hash_password(password)
        await owner.update(db, role=UserRole.owner, api_key=key, password_hash=hashed)


async def refuse_default_credentials(db: Any) -> None:
    """End the server if anybody could log in with what Argilla's documentation says.

    Raises:
        SystemExit: An account has a default key or password.
    """
    from argilla_server.contexts import accounts
    from argilla_server.models import User
    from sqlalchemy import select

    default_keys = [f"{name}.apikey" for name in _DEFAULT_USERS]
    with_default_key = select(User.username).where(User.api_key.in_(default_keys))
    names = list((await db.execute(with_default_key)).scalars())
    for user in (await db.execute(select(User).where(User.username.in_(_DEFAULT_USERS)))).scalars():
        if any(accounts.verify_password(p, user.password_hash) for p in _DEFAULT_PASSWORDS):
            names.append(user.username)
    if names:
        sys.exit(
            f"Error: User {names[0]} has the default password or key of Argilla, which everybody "
            "knows; give it others before this data is served."
        )
