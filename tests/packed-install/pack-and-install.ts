import { spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The fields of a published package.json that the test looks at. */
export interface PublishedManifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, { readonly default: string; readonly types: string }>>;
}

export interface PublishedPackage {
  readonly folder: string;
  readonly manifest: PublishedManifest;
  /** Where {@link packAll} puts its tarball. */
  readonly tarball: string;
}

/** Every package of the repository that is published. */
export function publishedPackages(tarballFolder: string): PublishedPackage[] {
  return globSync(["packages/*/package.json", "apps/*/package.json"], { cwd: repository })
    .toSorted()
    .map((file) => {
      const text = readFileSync(join(repository, file), "utf8");
      const manifest = JSON.parse(text) as PublishedManifest;
      const stem = manifest.name.replace("@", "").replace("/", "-");
      const tarball = join(tarballFolder, `${stem}-${manifest.version}.tgz`);
      return { folder: join(repository, dirname(file)), manifest, tarball };
    })
    .filter(({ manifest }) => manifest.private !== true);
}

/** Packs them as publishing would; pnpm alone puts versions in the place of `workspace:^`. */
export async function packAll(
  packages: readonly { readonly manifest: Pick<PublishedManifest, "name"> }[],
  into: string,
): Promise<void> {
  const chosen = packages.map(({ manifest }) => `--filter=${manifest.name}`);
  await pnpm(repository, ["--recursive", ...chosen, "pack", "--pack-destination", into]);
}

/** Installs the tarballs into a new project; what they need of each other comes from them too. */
export async function installTarballs(
  packages: readonly PublishedPackage[],
  project: string,
): Promise<void> {
  mkdirSync(project, { recursive: true });
  const dependencies = Object.fromEntries(
    packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]),
  );
  const manifest = { name: "project", private: true, type: "module", dependencies };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  // JSON is YAML: the tarballs stand in for versions that no registry has yet.
  const settings = { packages: ["."], overrides: dependencies };
  writeFileSync(join(project, "pnpm-workspace.yaml"), JSON.stringify(settings));
  await pnpm(project, ["install", "--prefer-offline", "--ignore-scripts"]);
}

async function pnpm(cwd: string, args: readonly string[]): Promise<void> {
  const text = readFileSync(join(repository, "package.json"), "utf8");
  const { packageManager } = JSON.parse(text) as { packageManager: string };
  await run(cwd, "npx", ["--yes", packageManager, ...args]);
}

/** Runs a command to its end and gives its stdout; fails with all that it printed. */
export function run(
  cwd: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const all: Buffer[] = [];
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.on("data", (bytes: Buffer) => {
      stdout.push(bytes);
      all.push(bytes);
    });
    child.stderr.on("data", (bytes: Buffer) => all.push(bytes));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve(Buffer.concat(stdout).toString("utf8"));
      const line = [command, ...args].join(" ");
      return reject(
        new Error(`${line} ended with ${code}:\n${Buffer.concat(all).toString("utf8")}`),
      );
    });
  });
}
