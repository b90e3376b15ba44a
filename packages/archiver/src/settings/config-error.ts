import { ColdstowError } from "@coldstow/contracts";

/** Where in an ini file something stands. */
export interface IniPlace {
  readonly source: string;
  /** From 1; undefined where the file lacks something. */
  readonly line?: number | undefined;
}

/** `photos.ini:12`, or `photos.ini` where no line can be named. */
export function placeName(place: IniPlace): string {
  return place.line === undefined ? place.source : `${place.source}:${place.line}`;
}

/** An `E_CONFIG` that begins with file and line. */
export function configError(place: IniPlace, message: string, hint?: string): ColdstowError {
  return new ColdstowError("E_CONFIG", `${placeName(place)}: ${message}`, {
    subject: placeName(place),
    ...(hint === undefined ? {} : { hint }),
  });
}
