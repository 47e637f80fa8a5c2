"""Tracing of runs: what is recorded, where it is written and how it is read back.

Content never enters a span, digests do. The audit trail (never sampled, tamper-evident) is another
matter and lives apart.
"""

from pathlib import Path

FOLDER = Path(".aiwf/traces")
