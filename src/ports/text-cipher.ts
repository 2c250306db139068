/** Seals single texts of the metadata that tell what archives are about. */
export interface TextCipher {
  /** The text as it is stored, tied to `context`: the place where it belongs. */
  seal(text: string, context: string): string;
  /** The text of what is stored, also of what was stored unsealed. Throws when it can't be opened. */
  open(stored: string, context: string): string;
  /** Whether `stored` is what `seal` would make now, but for chance. */
  isCurrent(stored: string): boolean;
}

/** Stores texts as they are, and refuses sealed ones. */
export const plainTexts: TextCipher = {
  seal: (text) => text,
  open: (stored, context) => {
    if (isSealedText(stored)) {
      throw new Error(`the text of ${context} is encrypted, and no key is at hand`);
    }
    return stored;
  },
  isCurrent: (stored) => !isSealedText(stored),
};

/** Begins every sealed text; no other stored text begins with it. */
export const SEALED_TEXT_MARK = "\u0001";

export function isSealedText(stored: string): boolean {
  return stored.startsWith(SEALED_TEXT_MARK);
}
