export interface Pictures {
  /** The address under which an `<img>` shows it. */
  urlOf(picture: Blob): string;
  /** Lets go of all others. */
  keepOnly(pictures: readonly Blob[]): void;
}

/** Blobs as something that an `<img>` shows; each takes memory until it is let go of. */
export function createPictures(): Pictures {
  const urls = new Map<Blob, string>();
  return {
    urlOf(picture) {
      const url = urls.get(picture) ?? URL.createObjectURL(picture);
      urls.set(picture, url);
      return url;
    },
    keepOnly(pictures) {
      for (const [picture, url] of urls) {
        if (pictures.includes(picture)) continue;
        URL.revokeObjectURL(url);
        urls.delete(picture);
      }
    },
  };
}
