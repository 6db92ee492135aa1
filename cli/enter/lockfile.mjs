/**
 * Compares package-lock.json with node_modules/.package-lock.json, npm's own record of what it installed.
 *
 * @param {object} wanted parsed package-lock.json
 * @param {object} installed parsed node_modules/.package-lock.json
 * @returns {string[]} folders of packages that are missing or of another version
 */
export function missingPackages(wanted, installed) {
  const needed = namesNeededBy([wanted.packages[""], ...Object.values(installed.packages)]);
  return Object.entries(wanted.packages)
    .filter(([folder]) => folder !== "")
    .filter(([folder, entry]) => {
      const found = installed.packages[folder];
      if (found === undefined) return !mayBeAbsent(folder, entry, needed);
      return found.version !== entry.version || found.integrity !== entry.integrity;
    })
    .map(([folder]) => folder);
}

/**
 * npm leaves out optional packages whose os, cpu or libc are not this machine's, and then also what only those depend on,
 * which has no such marks itself.
 */
function mayBeAbsent(folder, entry, needed) {
  if (entry.optional !== true) return false;
  if (!allows(entry.os, process.platform) || !allows(entry.cpu, process.arch)) return true;
  // Which libc npm has seen is not known here; where one is asked for, absence proves nothing.
  if (entry.libc !== undefined) return true;
  const name = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
  return !needed.has(name);
}

function namesNeededBy(entries) {
  const kinds = ["dependencies", "devDependencies", "optionalDependencies"];
  return new Set(
    entries.flatMap((entry) => kinds.flatMap((kind) => Object.keys(entry?.[kind] ?? {}))),
  );
}

/**
 * Lists are either what is allowed, or what is not, with an exclamation mark before each. Some packages have a single
 * text instead.
 */
function allows(marks, value) {
  const list = [marks ?? []].flat();
  if (list.length === 0) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((item) => item.startsWith("!"));
}
