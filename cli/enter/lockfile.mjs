/**
 * Compares package-lock.json with node_modules/.package-lock.json, npm's own record of what it installed.
 *
 * @param {object} wanted parsed package-lock.json
 * @param {object} installed parsed node_modules/.package-lock.json
 * @returns {string[]} folders of packages that are missing or of another version
 */
export function missingPackages(wanted, installed) {
  return Object.entries(wanted.packages)
    .filter(([folder]) => folder !== "")
    .filter(([folder, entry]) => {
      const found = installed.packages[folder];
      if (found === undefined) return !isForAnotherPlatform(entry);
      return found.version !== entry.version || found.integrity !== entry.integrity;
    })
    .map(([folder]) => folder);
}

/** npm leaves out optional packages whose os, cpu or libc are not this machine's. */
function isForAnotherPlatform(entry) {
  if (entry.optional !== true) return false;
  return (
    !allows(entry.os, process.platform) ||
    !allows(entry.cpu, process.arch) ||
    // Which libc npm has seen is not known here; where one is asked for, absence proves nothing.
    entry.libc !== undefined
  );
}

/** One word or a list of them, either what is allowed, or what is not, with an exclamation mark before each. */
function allows(words, value) {
  const list = [words ?? []].flat();
  if (list.length === 0) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((item) => item.startsWith("!"));
}
