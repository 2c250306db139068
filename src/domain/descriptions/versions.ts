/** Archives of one name are versions of one file, as App::Glacier shows them: `name`, `name;2`, `name;3`. */

/** What of an archive decides on its place among the versions. */
export interface NamedArchive {
  readonly name: string;
  readonly archiveId: string;
  /** When the archive was uploaded, epoch milliseconds. */
  readonly createdAtMs: number;
}

/** An archive with its number, 1 for the newest of its name, and the name that only it bears. */
export interface VersionedArchive<Item extends NamedArchive> {
  readonly archive: Item;
  readonly version: number;
  readonly shownName: string;
}

/**
 * `archives` with their versions, in the order given. The newest of a name is shown by the name alone, the
 * next as `name;2`; of two from the same millisecond the one with the greater id counts as newer. A number
 * is passed over where an archive is really called so, which keeps every shown name unique.
 */
export function numberVersions<Item extends NamedArchive>(
  archives: readonly Item[],
): VersionedArchive<Item>[] {
  const groups = Map.groupBy(archives, ({ name }) => name);
  const numbered = new Map<Item, VersionedArchive<Item>>();
  for (const [name, group] of groups) {
    let number = 1;
    for (const [index, archive] of group.toSorted(compareNewestFirst).entries()) {
      while (number > 1 && groups.has(`${name};${number}`)) {
        number += 1;
      }
      const shownName = number === 1 ? name : `${name};${number}`;
      numbered.set(archive, { archive, version: index + 1, shownName });
      number += 1;
    }
  }
  return archives.flatMap((archive) => numbered.get(archive) ?? []);
}

function compareNewestFirst(left: NamedArchive, right: NamedArchive): number {
  return (
    right.createdAtMs - left.createdAtMs ||
    (left.archiveId === right.archiveId ? 0 : left.archiveId < right.archiveId ? 1 : -1)
  );
}
