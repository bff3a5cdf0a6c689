"""Encryption of originals at rest: a key for each source, wrapped by the home's key file.

AES-256-GCM throughout. Destroying a source's key makes everything that was imported from it
unreadable, in the database and in its backups that hold no key of their own.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from workbench.errors import StoreError

_KEY_BYTES = 32
_NONCE_BYTES = 12


class SourceCipher:
    """Encrypts and decrypts what belongs to one source."""

    def __init__(self, key: bytes, source_id: str) -> None:
        self._cipher = AESGCM(key)
        # Bound to the source, so that a blob moved to another source does not decrypt.
        self._context = source_id.encode()

    def encrypt(self, plain: bytes) -> bytes:
        """Return nonce and ciphertext."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, self._context)

    def decrypt(self, sealed: bytes) -> bytes:
        """Return what `encrypt` was given.

        Raises:
            StoreError: The key does not fit or the bytes were changed.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._context)
        except InvalidTag as exc:
            raise StoreError(
                "An encrypted row of the store does not fit its key.", _RESTORE_KEY
            ) from exc


class KeyRing:
    """Makes and opens the keys of sources with the home's master key."""

    def __init__(self, master: bytes) -> None:
        self._master = AESGCM(master)
        self._secret = master

    def new_key(self, source_id: str) -> tuple[SourceCipher, bytes]:
        """Return a cipher with a fresh key, and the wrapped key to store."""
        key = AESGCM.generate_key(bit_length=_KEY_BYTES * 8)
        nonce = os.urandom(_NONCE_BYTES)
        wrapped = nonce + self._master.encrypt(nonce, key, source_id.encode())
        return SourceCipher(key, source_id), wrapped

    def derived(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for another purpose; it does not tell the master key."""
        return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=purpose.encode()).derive(
            self._secret
        )

    def open_key(self, source_id: str, wrapped: bytes) -> SourceCipher:
        """Return the cipher of a stored key.

        Raises:
            StoreError: The home's key file is not the one that wrapped it.
        """
        try:
            key = self._master.decrypt(
                wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], source_id.encode()
            )
        except InvalidTag as exc:
            raise StoreError(
                "The home's key file does not open this store's keys.", _RESTORE_KEY
            ) from exc
        return SourceCipher(key, source_id)


_RESTORE_KEY = "Restore store.key (and curated.duckdb) from the same backup."


def load_key_ring(key_file: Path, *, create: bool) -> KeyRing:
    """Read the home's master key.

    Args:
        key_file: 32 bytes in Base64, readable by its owner only.
        create: Make one if there is none; pass False once anything is encrypted.

    Raises:
        StoreError: The file is missing, damaged, or open to other users.
    """
    if not key_file.exists():
        if not create:
            raise StoreError(f"{key_file} is missing: the originals cannot be read.", _RESTORE_KEY)
        _create_key_file(key_file)
    if key_file.stat().st_mode & 0o077:
        raise StoreError(f"{key_file} can be read by other users.", f"Run `chmod 600 {key_file}`.")
    try:
        master = base64.b64decode(key_file.read_text().strip(), validate=True)
    except ValueError as exc:
        raise StoreError(f"{key_file} is not a key file.", _RESTORE_KEY) from exc
    if len(master) != _KEY_BYTES:
        raise StoreError(f"{key_file} is not a key file.", _RESTORE_KEY)
    return KeyRing(master)


def _create_key_file(key_file: Path) -> None:
    """Write a new key; if another process is faster, its key stands."""
    key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = key_file.with_name(f".{key_file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, key_file)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
