"""Sound and film: what a file is by its first bytes, whether we take it, and how ffmpeg makes of it what phones play.

Nothing is run here; web/studio.py does that.  The demuxer is always named by us and never
guessed from the file, so that a playlist that calls itself a film is opened as a film, and
fails: it can point neither to another file nor to the network.
"""

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from node.errors import Invalid

LOOK = 64  # bytes that say what a file is
LONGEST = 1280  # pixels a side of a film that we write anew
LONGEST_AS_IT_IS = 1920
MOST_BITS = 5_000_000  # a second, of a film that stays as it is
MOST_RATE = 60  # pictures a second
LONGEST_SIDE = 8192
PROBE_BYTES = 5_000_000
DEMUXERS = ("mov", "matroska", "mp3", "aac", "ogg", "flac", "wav", "gif")
STILLS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # with which old QuickTime files begin
DECODERS = (
    "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,libaom-av1,mpeg4,h263,mjpeg,prores,gif,"
    "aac,aac_fixed,mp3,mp3float,opus,libopus,vorbis,libvorbis,flac,alac,amrnb,amrwb,"
    "pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw"
)
BESIDES = ",mov_text,subrip,srt,ass,ssa,webvtt,text,cc_dec,png"  # titles and covers: opened only to be left out
CONTENT = "Validation failed: File content type is invalid"
FILMS = ["video/mp4", "video/webm", "video/quicktime"]
SOUNDS = [
    "audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/aac", "audio/ogg", "audio/vorbis",
    "audio/opus", "audio/webm", "audio/flac", "audio/x-flac", "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows: seconds, pixels of one picture, streams in the file, bytes of what we write."""

    seconds: int
    pixels: int
    streams: int
    size: int


@dataclass(frozen=True, slots=True)
class Found:
    """What ffprobe found.  video and audio are numbers of streams; seconds 0 where the file does not say."""

    demuxer: str
    video: int | None
    audio: int | None
    width: int
    height: int
    rate: Fraction
    seconds: float
    bits: int  # a second
    plays: bool  # phones play its picture as it is
    sound: str  # codec
    channels: int

    @property
    def kind(self) -> str:
        """image with sound is a film; without, what others call gifv."""
        return "audio" if self.video is None else "video" if self.audio is not None else "gifv"

    @property
    def extension(self) -> str:
        if self.kind != "audio":
            return "mp4"
        return "mp3" if self.sound == "mp3" else "m4a"


def demuxer(head: bytes) -> str:
    """How a file with these first bytes is opened; '' for what is neither sound nor film."""
    if head[4:8] == b"ftyp":
        return "" if head[8:12] in STILLS else "mov"
    if head[4:8] in BOXES:
        return "mov"
    if head.startswith(b"RIFF"):
        return "wav" if head[8:12] == b"WAVE" else ""
    for start, name in ((b"\x1a\x45\xdf\xa3", "matroska"), (b"OggS", "ogg"), (b"fLaC", "flac"), (b"ID3", "mp3"),
                        (b"GIF8", "gif")):  # fmt: skip
        if head.startswith(start):
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        layer = head[1] >> 1 & 3
        return {0: "aac", 1: "mp3"}.get(layer, "")
    return ""


def probing(source: Path, name: str) -> list[str]:
    """The arguments of ffprobe that ask what is in the file."""
    return ["-v", "error", "-hide_banner", *_safe(name), "-show_entries",
            "format=duration,bit_rate,nb_streams:stream=index,codec_type,codec_name,profile,pix_fmt,width,height,"
            "sample_aspect_ratio,avg_frame_rate,r_frame_rate,duration,bit_rate,channels,field_order"
            ":stream_disposition=attached_pic:stream_side_data=rotation",
            "-of", "json", "-i", _path(source)]  # fmt: skip


def understand(answer: bytes, name: str, limits: Limits) -> Found:
    """What ffprobe answered.  Raises Invalid for what we do not take, saying why."""
    try:
        told = json.loads(answer)
        streams: list[dict[str, Any]] = [one for one in told.get("streams", []) if isinstance(one, dict)]
        about: dict[str, Any] = told.get("format", {})
    except (ValueError, AttributeError) as error:
        raise Invalid(CONTENT) from error
    if max(len(streams), _whole(about.get("nb_streams"))) > limits.streams:
        raise Invalid("Validation failed: File has more than {most} streams", most=limits.streams)
    pictures = [one for one in streams if one.get("codec_type") == "video" and not _is_cover(one)]
    sounds = [one for one in streams if one.get("codec_type") == "audio"]
    known = set(DECODERS.split(","))
    if (not pictures and not sounds) or any(one.get("codec_name") not in known for one in pictures[:1] + sounds[:1]):
        raise Invalid(CONTENT)
    seconds = max([_number(one.get("duration")) for one in [about, *pictures[:1], *sounds[:1]]])
    if seconds > limits.seconds + 1:
        raise Invalid("Validation failed: File is longer than {most} seconds", most=limits.seconds)
    shape = _shape(pictures[0], limits) if pictures else (0, 0, Fraction(0), False)
    bits = _whole(about.get("bit_rate"))
    plays = bool(shape[3]) and bits <= MOST_BITS and max(shape[:2]) <= LONGEST_AS_IT_IS and name in ("mov", "matroska")
    sound = sounds[0] if sounds else {}
    return Found(
        name, _whole(pictures[0].get("index")) if pictures else None, _whole(sound.get("index")) if sound else None,
        shape[0], shape[1], shape[2], seconds, bits, plays, str(sound.get("codec_name", "")),
        _whole(sound.get("channels")),
    )  # fmt: skip


def making(source: Path, target: Path, found: Found, limits: Limits) -> list[str]:
    """The arguments of ffmpeg that write the film or sound anew: without places, names, chapters, covers, programs."""
    asked = ["-nostdin", "-hide_banner", "-v", "error", "-threads", "2", *_safe(found.demuxer), "-i", _path(source)]
    asked += [part for one in (found.video, found.audio) if one is not None for part in ("-map", f"0:{one}")]
    asked += ["-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1", "-dn", "-sn",
              "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]  # fmt: skip
    asked += ["-t", str(limits.seconds + 1), "-fs", str(limits.size)]
    if found.video is not None:
        asked += _picture(found)
    if found.audio is not None:
        asked += _sound(found)
    if found.extension == "mp3":
        return [*asked, "-id3v2_version", "0", "-f", "mp3", _path(target)]
    return [*asked, "-movflags", "+faststart", "-brand", "mp42", "-f", "mp4", _path(target)]


def looking(film: Path, target: Path, at: float) -> list[str]:
    """The arguments of ffmpeg that write one picture of a film that we made."""
    return ["-nostdin", "-hide_banner", "-v", "error", "-threads", "2", "-ss", f"{at:.3f}", *_safe("mov"), "-i",
            _path(film), "-map", "0:v:0", "-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1",
            _path(target)]  # fmt: skip


def meta(found: Found, small: tuple[int, int] | None) -> dict[str, Any]:
    """What the columns of the table do not say."""
    said: dict[str, Any] = {"bitrate": found.bits} if found.bits else {}
    if found.video is not None and found.rate:
        said["frame_rate"] = f"{found.rate.numerator}/{found.rate.denominator}"
    if small is not None:
        said["small"] = list(small)
    return said


def _safe(name: str) -> list[str]:
    """Of the file nothing is believed: our demuxer, known decoders, no protocol but the file itself."""
    return ["-protocol_whitelist", "file", "-format_whitelist", _NAMES[name], "-codec_whitelist", DECODERS + BESIDES,
            "-probesize", str(PROBE_BYTES), "-analyzeduration", "5000000", "-max_alloc", "400000000", "-f", name]  # fmt: skip


_NAMES = {name: name for name in DEMUXERS} | {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}


def _path(path: Path) -> str:
    return f"file:{path}"  # a name with a colon or a dash is a name still


def _picture(found: Found) -> list[str]:
    if found.plays:
        return ["-c:v", "copy", "-bsf:v", "filter_units=remove_types=6", "-tag:v", "avc1"]  # 6: words of the camera
    width, height = _fitting(found.width, found.height)
    return ["-vf", f"scale={width}:{height},setsar=1,format=yuv420p", "-c:v", "libx264", "-preset", "veryfast",
            "-crf", "25", "-maxrate", "2500k", "-bufsize", "5000k", "-g", "120", "-fpsmax", "30", "-tag:v", "avc1",
            "-bsf:v", "filter_units=remove_types=6"]  # fmt: skip


def _fitting(width: int, height: int) -> tuple[int, int]:
    """At most LONGEST a side, both even, as H.264 wants it."""
    scale = min(1.0, LONGEST / max(width, height))
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def _sound(found: Found) -> list[str]:
    if found.sound == "aac" and found.channels <= 2:
        return ["-c:a", "copy"]
    if found.sound == "mp3" and found.video is None:
        return ["-c:a", "copy"]
    rate = "96k" if found.channels == 1 else "128k"
    return ["-c:a", "aac", "-b:a", rate, "-ac", str(min(2, max(1, found.channels))), "-ar", "44100"]


def _shape(stream: dict[str, Any], limits: Limits) -> tuple[int, int, Fraction, bool]:
    """(width, height, pictures a second, phones play it), as it is seen: turned, with square pixels."""
    width, height = _whole(stream.get("width")), _whole(stream.get("height"))
    if width < 1 or height < 1 or max(width, height) > LONGEST_SIDE or width * height > limits.pixels:
        raise Invalid("Validation failed: File is too large a picture")
    rate = _rate(stream.get("avg_frame_rate")) or _rate(stream.get("r_frame_rate"))
    turned = next((_whole(abs(_number(one.get("rotation")))) for one in stream.get("side_data_list", [])
                   if isinstance(one, dict) and "rotation" in one), 0)  # fmt: skip
    wide = _rate(str(stream.get("sample_aspect_ratio", "1:1")).replace(":", "/")) or Fraction(1)
    square = wide == 1 or not Fraction(1, 4) < wide < 4
    plays = (
        stream.get("codec_name") == "h264" and stream.get("pix_fmt") in ("yuv420p", "yuvj420p") and not turned
        and square and rate <= MOST_RATE and stream.get("field_order", "progressive") in ("progressive", "unknown")
    )  # fmt: skip
    if not square:
        width = max(1, int(width * wide))
    if turned % 180 == 90:
        width, height = height, width
    return width, height, rate, plays


def _is_cover(stream: dict[str, Any]) -> bool:
    about = stream.get("disposition")
    return isinstance(about, dict) and about.get("attached_pic") == 1


def _number(value: Any) -> float:
    """A number as ffprobe writes it; 0 for `N/A`, nothing, or what is no number of this world."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return 0.0
    return found if -1e12 < found < 1e12 else 0.0


def _whole(value: Any) -> int:
    return int(_number(value))


def _rate(value: Any) -> Fraction:
    try:
        found = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return Fraction(0)
    return found if 0 < found < 1000 else Fraction(0)
