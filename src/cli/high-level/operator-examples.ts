/** What the help of an operator's commands shows at its end. */
export const OPERATOR_EXAMPLES = {
  serve: `
Examples:
  moraine serve
  moraine serve --data-dir /srv/moraine --listen 0.0.0.0:9720 --inventory 24h
  MORAINE_DATA_DIR=/srv/moraine moraine serve --config /etc/moraine.yaml
`,
  account: `
Examples:
  moraine account create
  moraine account create --account-id 222233334444
  moraine account list
`,
  policy: `
Examples:
  moraine policy explain --principal arn:aws:iam::111122223333:user/ann \\
    --action glacier:DeleteArchive --vault records --archive-age 30
`,
  user: `
Examples:
  moraine user create ann
  moraine user policy put ann write-photos policy.json
  moraine user policy list ann
  moraine user rm ann
`,
  key: `
Examples:
  moraine key create --user ann
  moraine key list --user ann
  moraine key disable AKIAEXAMPLE000000001 --user ann
  moraine key rotate --new-key-file /etc/moraine/new.key
`,
  inventory: `
Examples:
  moraine inventory now photos
  moraine inventory now photos --account-id 222233334444 --region eu-west-1
`,
  stats: `
Examples:
  moraine stats
  moraine stats --json
`,
  fsck: `
Examples:
  moraine fsck
  moraine fsck --rehash --max-rate 20MiB/s
  moraine fsck --rehash --data-dir /srv/moraine
  moraine fsck --known
  moraine fsck --repair-from /backup/moraine
`,
  backup: `
Examples:
  moraine backup /backup/moraine --blobs
  moraine backup /backup/moraine --blobs --data-dir /srv/moraine
`,
  restoreBackup: `
Examples:
  moraine restore-backup /backup/moraine --data-dir /srv/moraine-new
`,
} as const;
