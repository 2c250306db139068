/** IPv4 and IPv6 addresses and ranges in CIDR notation, as policies write them. */

export interface IpAddress {
  /** 32 or 128. */
  readonly bits: number;
  readonly value: bigint;
}

export interface IpRange extends IpAddress {
  /** How many leading bits an address must share. */
  readonly prefixBits: number;
}

/**
 * The address that `text` is; `undefined` for anything else. IPv4 inside IPv6 (`::ffff:192.0.2.1`, which a
 * listener on both families reports) is the IPv4 address, and a zone (`%eth0`) is left out.
 */
export function findIpAddress(text: string): IpAddress | undefined {
  const [address = ""] = text.split("%", 1);
  const found = address.includes(":") ? findIpv6(address) : findIpv4(address);
  return found?.bits === 128 && found.value >> 32n === 0xffffn
    ? { bits: 32, value: found.value & 0xffffffffn }
    : found;
}

/** The range that `text` is: `192.0.2.0/24`, `2001:db8::/32`, or one address. */
export function findIpRange(text: string): IpRange | undefined {
  const match = /^([0-9A-Fa-f.:]{1,64})(?:\/(\d{1,3}))?$/.exec(text);
  const address = findIpAddress(match?.[1] ?? "");
  if (address === undefined) {
    return undefined;
  }
  // A prefix of an IPv4 address in IPv6 form counts the 96 bits before it.
  const skippedBits = address.bits === 32 && text.includes(":") ? 96 : 0;
  const prefixBits = match?.[2] === undefined ? address.bits : Number(match[2]) - skippedBits;
  const isLegal = prefixBits >= 0 && prefixBits <= address.bits;
  return isLegal ? { ...address, prefixBits } : undefined;
}

/** Whether the address lies in the range; an IPv4 address never lies in an IPv6 range. */
export function isInRange(address: IpAddress, range: IpRange): boolean {
  const restBits = BigInt(range.bits - range.prefixBits);
  return address.bits === range.bits && address.value >> restBits === range.value >> restBits;
}

/** Four decimal numbers without leading zeros, which some readers take for octal. */
function findIpv4(text: string): IpAddress | undefined {
  const octets = text.split(".", 5);
  const isLegal =
    octets.length === 4 &&
    octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
  return isLegal
    ? { bits: 32, value: octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n) }
    : undefined;
}

function findIpv6(text: string): IpAddress | undefined {
  const halves = text.split("::", 3);
  const [head = "", tail] = halves;
  const headGroups = findGroups(head, tail === undefined);
  const tailGroups = findGroups(tail ?? "", true);
  if (halves.length > 2 || headGroups === undefined || tailGroups === undefined) {
    return undefined;
  }
  const missing = 8 - headGroups.length - tailGroups.length;
  if (tail === undefined ? missing !== 0 : missing < 1) {
    return undefined;
  }
  const groups = [...headGroups, ...Array<bigint>(missing).fill(0n), ...tailGroups];
  return { bits: 128, value: groups.reduce((sum, group) => (sum << 16n) | group, 0n) };
}

/** The 16-bit groups of one side of `::`; only the very end may be written as IPv4. */
function findGroups(text: string, isEnd: boolean): bigint[] | undefined {
  if (text === "") {
    return [];
  }
  const groups: bigint[] = [];
  const words = text.split(":", 9);
  for (const [index, word] of words.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(word)) {
      groups.push(BigInt(`0x${word}`));
      continue;
    }
    const ipv4 = isEnd && index === words.length - 1 ? findIpv4(word) : undefined;
    if (ipv4 === undefined) {
      return undefined;
    }
    groups.push(ipv4.value >> 16n, ipv4.value & 0xffffn);
  }
  return groups;
}
