"""A certificate authority made for one run, and the server certificate that it vouches for."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

# Azure's own names, for clients that know no other (see `leading.py`).
LED = ("management.azure.com", "login.microsoftonline.com")
# adal, the library that older tools sign in with, trusts a host with `.dsts.` in its name and asks Microsoft about any
# other.
NAMES = ("localhost", "127.0.0.1", "::1", "emu.dsts.localhost", *LED)


@dataclass(frozen=True, slots=True)
class Authority:
    """The server's TLS context, and the file that clients are to trust."""

    context: ssl.SSLContext
    certificate_file: Path

    @classmethod
    def create(cls, folder: Path, *names: str) -> "Authority":
        """An authority, and a certificate for this machine's names and for those named."""
        authority = trustme.CA(organization_name="rollset emulator")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*dict.fromkeys((*NAMES, *names)), common_name="rollset emulator").configure_cert(context)
        certificate_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(certificate_file))
        return cls(context, certificate_file)
