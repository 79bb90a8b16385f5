"""What is heard, watched or printed and not read as a page: recordings, films, PDF documents."""

import re

_TYPES = re.compile(r"(?:audio|video)/|application/(?:pdf|ogg|x-mpegurl|vnd\.apple\.mpegurl)\b", re.IGNORECASE)
_NAMES = re.compile(
    r"\.(?:mp3|m4a|m4b|aac|oga|ogg|opus|wav|flac|mp4|m4v|mov|webm|avi|mkv|ogv|mpe?g|wmv|wma|m3u8|pdf)$", re.IGNORECASE
)
_IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")


def is_media_address(url: str) -> bool:
    """Does the address itself say that it is a recording or a document?"""
    return bool(_NAMES.search(_path(url)))


def is_media(kind: str, url: str) -> bool:
    """The same by media type; without a type by the address."""
    kind = kind.strip()
    return bool(_TYPES.match(kind)) if kind and kind.lower() != "application/octet-stream" else is_media_address(url)


def is_image(kind: str, medium: str, url: str) -> bool:
    """A picture: by media type, else by the medium that Media RSS names, else by the address."""
    if kind.strip():
        return kind.strip().lower().startswith("image/")
    return medium.strip().lower() == "image" or _path(url).lower().endswith(_IMAGES)


def _path(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].strip()
