/** Archives that are the same byte for byte whenever they are made of the same files. */
import { deflateRawSync } from "node:zlib";

export type Entry = { readonly path: string; readonly bytes: Uint8Array; readonly executable: boolean };

const tarBlock = 512;

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;

/** A ustar header: name, mode, owner, size, time, checksum, type, magic. */
const tarHeader = ({ path, bytes, executable }: Entry, modifiedAt: Date): Buffer => {
  const header = Buffer.alloc(tarBlock);
  if (Buffer.byteLength(path) > 100) throw new Error(`${path} is too long for a tar header`);
  header.write(path, 0);
  header.write(octal(executable ? 0o755 : 0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(bytes.length, 12), 124);
  header.write(octal(Math.floor(modifiedAt.getTime() / 1000), 12), 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
};

export const tar = (entries: readonly Entry[], modifiedAt: Date): Buffer =>
  Buffer.concat([
    ...entries.flatMap((entry) => [
      tarHeader(entry, modifiedAt),
      entry.bytes,
      Buffer.alloc((tarBlock - (entry.bytes.length % tarBlock)) % tarBlock),
    ]),
    Buffer.alloc(2 * tarBlock),
  ]);

/** Time and date as MS-DOS wrote them, in UTC. */
const dosTime = (at: Date): number =>
  ((((at.getUTCFullYear() - 1980) << 25) | ((at.getUTCMonth() + 1) << 21) | (at.getUTCDate() << 16)) >>> 0) +
  ((at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1));

const deflated = 8;
const madeOnUnix = 3 << 8;

/** The fields that a file's own header and its line in the directory share. */
const zipFields = ({ path, bytes }: Entry, packed: Uint8Array, modifiedAt: Date): Buffer => {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0, 2);
  fields.writeUInt16LE(deflated, 4);
  fields.writeUInt32LE(dosTime(modifiedAt), 6);
  fields.writeUInt32LE(Bun.hash.crc32(bytes), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(Buffer.byteLength(path), 22);
  return fields;
};

const zipLine = (fields: Buffer, { path, executable }: Entry, offset: number): Buffer => {
  const line = Buffer.alloc(46);
  line.write("PK\x01\x02");
  line.writeUInt16LE(madeOnUnix | 20, 4);
  fields.copy(line, 6);
  line.writeUInt32LE(((0o100000 | (executable ? 0o755 : 0o644)) << 16) >>> 0, 38);
  line.writeUInt32LE(offset, 42);
  return Buffer.concat([line, Buffer.from(path)]);
};

/** `level` is that of zlib: 1 is quick, 9 is small. */
export const zip = (entries: readonly Entry[], modifiedAt: Date, level = 9): Buffer => {
  const files: Buffer[] = [];
  const lines: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const packed = deflateRawSync(entry.bytes, { level });
    const fields = zipFields(entry, packed, modifiedAt);
    const file = Buffer.concat([Buffer.from("PK\x03\x04"), fields, Buffer.from(entry.path), packed]);
    lines.push(zipLine(fields, entry, offset));
    files.push(file);
    offset += file.length;
  }
  const directory = Buffer.concat(lines);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, directory, end]);
};
