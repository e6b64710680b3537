import { crc32 } from "node:zlib";
import type { Page } from "@playwright/test";

/**
 * A text that would run wherever it were taken for more than text, and name its field then: as an address, after the
 * end of an attribute, of a title, a script or a field of a form, as elements.
 */
export const markup = (field: string) =>
  `javascript:ran('${field}')//"'></title></script></textarea></pre><img src=x onerror="ran('${field}')"><svg onload="ran('${field}')">`;

/** The same for what holds no colons, dots and slashes: names of variables and of files. */
export const bare = (field: string) => {
  const name = field.replaceAll(/\W+/g, "_");
  return `x"'><img src=x onerror=ran('${name}')><svg onload=ran('${name}')>`;
};

/** Has pages tell of what ran on them, and of dialogs that opened; the list grows. */
export async function listenForScripts(page: Page): Promise<string[]> {
  const ran: string[] = [];
  await page.exposeFunction("ran", (field: string) => void ran.push(field));
  page.on("dialog", (dialog) => {
    // Unsaved work is asked for by the browser: that one is the app's.
    if (dialog.type() !== "beforeunload") ran.push(`${dialog.type()}: ${dialog.message()}`);
    void dialog.accept();
  });
  return ran;
}

/** What of a page text could have become: elements of its own, handlers, addresses that run. */
export function findMarkup(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll("*")) {
      const name = element.tagName.toLowerCase();
      const isOurs = name !== "script" || element.closest("head") !== null;
      if (["img", "svg", "iframe", "object", "embed", "base", "style"].includes(name) || !isOurs) found.push(element.outerHTML);
      for (const { name, value } of element.attributes) {
        if (name.startsWith("on") || /^\s*(javascript|data|vbscript):/i.test(["href", "src", "action"].includes(name) ? value : "")) {
          found.push(`${name}=${value}`);
        }
      }
    }
    return found;
  });
}

/** All that a page says: its text, folded or not, what its fields hold, its names for screen readers, its title. */
export function textOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")].map((field) => field.value);
    const labels = [...document.querySelectorAll("[aria-label]")].map((element) => element.getAttribute("aria-label"));
    return [document.title, document.body.textContent, ...fields, ...labels].join("\n");
  });
}

/** Files as an uncompressed ZIP archive: an EPUB is one. */
export function zip(files: [name: string, text: string][]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of files) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    // Version 2.0, UTF-8, stored, 1980-01-01, the sums and sizes, the name's length.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, rest, path]));
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, central, Buffer.from("PK\x05\x06"), end]);
}
