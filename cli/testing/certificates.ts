import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Folders with ca.pem, cert.pem and key.pem. */
export interface Certificates {
  readonly server: string;
  readonly client: string;
}

/** Makes an authority, and certificates by it for an engine at an address and for its client. */
export function makeCertificates(folder: string, address: string): Certificates {
  mkdirSync(folder, { recursive: true });
  const authority = ["-CA", join(folder, "ca.pem"), "-CAkey", join(folder, "ca-key.pem")];
  openssl(folder, [
    ...["req", "-x509", ...newKey, "-days", "1", "-subj", "/CN=authority"],
    ...["-keyout", "ca-key.pem", "-out", "ca.pem"],
  ]);
  const issue = (name: string, extension: string): string => {
    const own = join(folder, name);
    mkdirSync(own);
    const extensions = join(own, "extensions");
    writeFileSync(extensions, extension);
    openssl(own, [
      ...["req", ...newKey, "-subj", `/CN=${name}`, "-keyout", "key.pem", "-out", "request.pem"],
    ]);
    openssl(own, [
      ...["x509", "-req", "-days", "1", "-in", "request.pem", ...authority, "-CAcreateserial"],
      ...["-extfile", extensions, "-out", "cert.pem"],
    ]);
    copyFileSync(join(folder, "ca.pem"), join(own, "ca.pem"));
    return own;
  };
  return {
    server: issue("server", `subjectAltName=IP:${address}\nextendedKeyUsage=serverAuth\n`),
    client: issue("client", "extendedKeyUsage=clientAuth\n"),
  };
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

function openssl(cwd: string, args: readonly string[]): void {
  execFileSync("openssl", args, { cwd, stdio: "pipe", timeout: 20_000 });
}
