/**
 * The commands of `nuages`, their options and their help.
 *
 * Owns the words and the exit code. Leaves the work to the other files of this room.
 */
import { Command, InvalidArgumentError, Option } from 'commander'
import { changePassword, createSuperuser, type SuperuserOptions } from './accounts.ts'
import { withApp } from './app-file.ts'
import { apiNotes, problemsOf } from './check-app.ts'
import { clearSessionIndex, clearSessions, untilInterrupted } from './clear-sessions.ts'
import { type DoctorOptions, examine } from './doctor.ts'
import { reportText } from './doctor-report.ts'
import { CommandFailed, lineOf } from './errors.ts'
import { type OpenapiOptions, writeOpenapi } from './openapi.ts'
import { ownVersion } from './own-package.ts'
import { routeTable } from './routes.ts'
import { type RunServerOptions, runServer } from './run-server.ts'
import { type ServeAppOptions, serveApp } from './serve-app.ts'
import { openShell } from './shell.ts'
import { type StartProjectOptions, startProject } from './start-project.ts'

interface AppOption {
  readonly app?: string
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Runs one command. A line on standard error and exit code 1 for what its user can mend; anything else is thrown. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv)
  } catch (error) {
    const line = lineOf(error)
    if (line === null) throw error
    process.stderr.write(`${line}\n`)
    process.exitCode = 1
  }
}

function createProgram(): Command {
  const program = new Command('nuages')
    .description('Requests, sessions, accounts and forms for TypeScript servers.')
    .version(ownVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureHelp({
      subcommandTerm: command => `${command.name()} ${command.usage().replace(/\[options\] ?/, '')}`.trim(),
    })
    .addHelpText(
      'after',
      '\nThe options of a command: nuages <command> --help\nThe app is `export const app` of app.ts in the current folder; .env there is read first.',
    )
  addProjectCommands(program)
  addServerCommands(program)
  addDatabaseCommands(program)
  addAccountCommands(program)
  addInspectionCommands(program)
  addDoctorCommand(program)
  return program
}

/** A command that works on the application. */
function appCommand(program: Command, nameAndArguments: string): Command {
  return program.command(nameAndArguments).option('--app <file>', 'the file that exports `app` (default: app.ts)')
}

function addProjectCommands(program: Command): void {
  program
    .command('startproject <name>')
    .description('make a folder with a site: register, log in, log out')
    .option('--nuages <spec>', 'the version of nuages to depend on, as npm spells it', `^${ownVersion()}`)
    .option('--no-install', 'do not run npm install')
    .action((name: string, options: StartProjectOptions) => startProject(name, options))
}

function addServerCommands(program: Command): void {
  appCommand(program, 'runserver')
    .description('serve for development: migrates, and starts anew when a file changes')
    .addOption(portOption())
    .addOption(hostOption())
    .option('--no-reload', 'serve once, watching nothing')
    .action((options: RunServerOptions) => runServer(options))
  appCommand(program, 'serve')
    .description('serve in production')
    .addOption(portOption())
    .addOption(hostOption())
    .option('--workers <n>', 'how many processes; one for each core is a good number', wholeNumber(1, 1024), 1)
    .action((options: ServeAppOptions) => serveApp(options))
}

function portOption(): Option {
  return new Option('--port <port>', 'the port; 0 takes a free one').default(8000).argParser(wholeNumber(0, 65_535))
}

function hostOption(): Option {
  return new Option('--host <host>', 'the address; 0.0.0.0 for every one of this machine').default('127.0.0.1')
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return text => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : -1
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
  }
}

function addDatabaseCommands(program: Command): void {
  appCommand(program, 'migrate')
    .description('create the tables that are missing')
    .action(({ app: file }: AppOption) =>
      withApp(file, async app => {
        const created = await app.migrate()
        for (const name of created) print(`Created ${name}`)
        if (created.length === 0) print('Nothing to do: every table is there.')
      }),
    )
  appCommand(program, 'clearsessions')
    .description('delete the sessions that have expired')
    .action(({ app: file }: AppOption) =>
      withApp(file, app =>
        untilInterrupted(async signal => {
          print(await clearSessions(app.sessions, { signal }))
          await clearSessionIndex(app.auth, { signal })
        }),
      ),
    )
}

function addAccountCommands(program: Command): void {
  appCommand(program, 'createsuperuser')
    .description('create an account that may do everything')
    .option('--username <name>', 'its name; asked for when left out')
    .option('--email <address>', 'its email address; asked for when left out')
    .option('--noinput', 'ask nothing; the password is DJANGO_SUPERUSER_PASSWORD of the environment')
    .action(
      ({
        app: file,
        noinput = false,
        ...options
      }: AppOption & Omit<SuperuserOptions, 'input'> & { noinput?: boolean }) =>
        withApp(file, app => createSuperuser(app, { ...options, input: !noinput })),
    )
  appCommand(program, 'changepassword <username>')
    .description('give an account another password, and log it out everywhere')
    .action((username: string, { app: file }: AppOption) => withApp(file, app => changePassword(app, username)))
}

function addInspectionCommands(program: Command): void {
  appCommand(program, 'routes')
    .description('list every path with its name and methods')
    .action(({ app: file }: AppOption) => withApp(file, async app => print(routeTable(app))))
  appCommand(program, 'openapi')
    .description('print the description of the API (OpenAPI 3.1)')
    .option('--output <file>', 'write it into a file instead')
    .action(({ app: file, ...options }: AppOption & OpenapiOptions) =>
      withApp(file, async app => writeOpenapi(app, options)),
    )
  appCommand(program, 'check')
    .description('see whether the app loads, database and Redis answer, and every table is there')
    .option('--deploy', 'also list what the settings of a production site lack', false)
    .action(({ app: file, deploy }: AppOption & { readonly deploy: boolean }) =>
      withApp(file, async app => {
        for (const note of apiNotes(app)) process.stderr.write(`note: ${note}\n`)
        const problems = await problemsOf(app, { deploy })
        if (problems.length > 0) throw new CommandFailed(problems.join('\n'))
        print('All is well.')
      }),
    )
  appCommand(program, 'shell')
    .description('open a JavaScript prompt with app, db, users, sessions and settings')
    .action(({ app: file }: AppOption) => withApp(file, openShell))
}

function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look at the database of a Django site, and print the settings to use beside it')
    .option('--database <url>', 'the database; DATABASE_URL of the environment when left out')
    .option('--secret-key-env <name>', "the variable that holds the site's SECRET_KEY", 'SECRET_KEY')
    .option('--json', 'print everything as JSON', false)
    .action(async ({ json, ...options }: DoctorOptions & { readonly json: boolean }) => {
      const report = await examine(options)
      print(json ? JSON.stringify(report, null, 2) : reportText(report))
      if (!report.ok) process.exitCode = 1
    })
}
