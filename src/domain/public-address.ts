/**
 * Which IP addresses are out in the internet. A subscriber names the address that the service connects to, so
 * without this rule it could reach into the network that the service stands in.
 */

/** First and last octets of IPv4 ranges that are not public (IANA special-purpose address registry). */
const IPV4_RANGES: readonly (readonly [network: string, prefixBits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  // Multicast, reserved, and broadcast.
  ["224.0.0.0", 3],
];

/**
 * Whether `address`, an IPv4 or IPv6 address without brackets, is a public unicast address; false for any
 * other text. IPv4 addresses within IPv6 ones (mapped, 6to4, Teredo, NAT64) are never public: they lead to
 * what the IPv4 address may not.
 */
export function isPublicAddress(address: string): boolean {
  const ipv4 = findIpv4Number(address);
  if (ipv4 !== undefined) {
    return IPV4_RANGES.every(([network, bits]) => !isWithin(ipv4, network, bits));
  }
  const groups = findIpv6Groups(address);
  if (groups === undefined) {
    return false;
  }
  const [first = 0, second = 0] = groups;
  const isGlobalUnicast = first >= 0x2000 && first <= 0x3fff;
  // 2001::/23 (Teredo and other protocols), 2001:db8::/32 and 3fff::/20 (documentation), 2002::/16 (6to4).
  const isSpecial =
    (first === 0x2001 && (second < 0x0200 || second === 0x0db8)) ||
    first === 0x2002 ||
    (first === 0x3fff && second < 0x1000);
  return isGlobalUnicast && !isSpecial;
}

/**
 * Whether the host of a URL, as `URL.hostname` gives it, can be seen to be none of the internet: an address that
 * is not public, or a name of this machine. A name that is resolved later has to be checked again then.
 */
export function isPrivateHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const isAddress = bare.includes(":") || /^[\d.]+$/.test(bare);
  return isAddress ? !isPublicAddress(bare) : /(^|\.)localhost$/i.test(bare);
}

function isWithin(address: number, network: string, prefixBits: number): boolean {
  const size = 2 ** (32 - prefixBits);
  return Math.floor(address / size) === Math.floor((findIpv4Number(network) ?? 0) / size);
}

function findIpv4Number(text: string): number | undefined {
  const parts = text.split(".");
  const isIpv4 =
    parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return isIpv4 ? parts.reduce((total, part) => total * 256 + Number(part), 0) : undefined;
}

/** The eight groups of an IPv6 address; `undefined` for other text, among it any with a zone. */
function findIpv6Groups(text: string): readonly number[] | undefined {
  const halves = text.split("::");
  const [head = "", tail] = halves;
  const before = splitGroups(head);
  const after = splitGroups(tail ?? "");
  if (before === undefined || after === undefined || halves.length > 2) {
    return undefined;
  }
  const missing = 8 - before.length - after.length;
  const fits = tail === undefined ? missing === 0 : missing >= 1;
  return fits ? [...before, ...new Array<number>(missing).fill(0), ...after] : undefined;
}

function splitGroups(text: string): readonly number[] | undefined {
  const groups: number[] = [];
  for (const part of text === "" ? [] : text.split(":")) {
    const ipv4 = findIpv4Number(part);
    if (ipv4 !== undefined) {
      groups.push(Math.floor(ipv4 / 65_536), ipv4 % 65_536);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}
