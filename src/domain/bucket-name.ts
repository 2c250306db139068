/** Names of the buckets that receive the results of select jobs (S3 user guide, "Bucket naming rules"). */

const PLAIN = /^[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/;
const IP_ADDRESS = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const RESERVED = /^(?:xn--|sthree-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;

/** What every name must be, as messages say it. */
export const BUCKET_NAME_RULE =
  "3 to 63 characters of a-z, 0-9, '.' and '-' that begin and end with a letter or digit, without two" +
  " dots in a row, not of the form of an IP address, and without a reserved prefix or suffix";

/** Whether `text` may be the name of a bucket. No such name begins with a dot or holds a slash. */
export function isBucketName(text: string): boolean {
  return PLAIN.test(text) && !text.includes("..") && !IP_ADDRESS.test(text) && !RESERVED.test(text);
}
