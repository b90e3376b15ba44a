/** Formats that are compressed already, by the extensions that their files carry. */
const compressed = new Set(
  `7z aac ac3 aif avi avif bz2 cr2 cr3 crw dcr dng docx epub erf flac flv gif gz heic heif hif insp insv jfif
  jp2 jpe jpeg jpg jxl kdc lz lz4 lzma lzo m2ts m4a m4b m4v mkv mov mp3 mp4 mpeg mpg mrw mts nef nrw odp ods odt
  ogg ogv opus orf pdf pef png pptx rar raf raw rw2 sr2 srf srw tgz ts vob webm webp wma wmv woff woff2 x3f xlsx
  xz zip zst`
    .split(/\s+/)
    .filter((extension) => extension !== ""),
);

/** False for a file whose name says that compressing it again gains nothing. */
export function mayCompress(path: string): boolean {
  const dot = path.lastIndexOf(".");
  return dot <= path.lastIndexOf("/") || !compressed.has(path.slice(dot + 1).toLowerCase());
}
