/** The hash functions that pure code is given; who calls it decides on which implementation they run. */

/** SHA-256 of a byte string: 32 bytes. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** The same, computed while the caller goes on; `data` stays as it is until then. */
export type Sha256Aside = (data: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

/** HMAC-SHA-256 of `data` under `key`: 32 bytes. */
export type HmacSha256 = (key: Uint8Array, data: Uint8Array) => Uint8Array;
