package script

// Guide describes the language for people; ctl shows it as the help of `run`.
const Guide = `A script is a text file with one command a line: ctl's own verbs, as on the
command line but without "ctl", and a few built-in commands. The first line that
does not do what it should ends the script. A file without any line to run fails.

  # a comment
  listen tcp 127.0.0.1:0 --as web
  dial tcp ${web.addr} --as d
  stdout connected

What a line expects
  VERB ...             exit 0: done
  ! VERB ...           an outcome other than done: exit 1, 5, 6 or 7. An agent
                       that cannot be reached, a usage error and the like never
                       satisfy it
  ? VERB ...           any outcome: exit 0, 1, 5, 6 or 7
  fails CODE VERB ...  exactly this exit code
  VERB ... &           in the background; "wait" waits for all of those and then
                       has their outputs, in the order in which they were
                       started. The end of the script waits too
  cleanup VERB ...     put off until the end of the script, however it ends, the
                       last such line first; also a built-in command, as in
                       "cleanup exec nft flush ruleset", and with '!' or '?'
                       behind the word. Each has 10 seconds
  [GOOS:linux] ...     only there; also [GOARCH:arm64], [root], [!root]

Several agents
  --agent, --session and --output stand before a verb or behind it. A socket's
  name leads to the agent that it was made on, so that --agent is said once:

  --agent lab7 listen tcp :0 --as web
  --agent lab9 dial tcp lab7:${web.port} --as d
  accept web --as c1
  send d Hello
  expect c1 Hello

  What makes no use of a socket (another dial, ls, resolve) and has no --agent
  goes to the default agent; so does a name that is one there too. A name on
  several other agents needs --agent.

Built-in commands
  stdout RE, stderr RE look for a pattern in what the last verb wrote, line by
                       line: ^ and $ match at line ends. -count=N: exactly N
                       times. With '!': must not be there
  grep RE FILE         the same in a file
  cmp A B              byte for byte; A and B are files, "stdout" or "stderr".
                       cmp -trim leaves out one newline at the end of each,
                       cmpenv puts in variables first
  stdin FILE           standard input for the next verb, which otherwise has
                       none
  write FILE 'TEXT'    a file with exactly these bytes; Go's escapes: \r \n \x00
  cat, cp, echo, env, exists, help, mkdir, rm, stop
  exec, sleep          only with --allow-exec. A program that exec runs has
                       ctl's own environment (PATH, HOME ...) and what the
                       script has set; once a verb has used the default agent,
                       also FARSOCK_AGENT and FARSOCK_SESSION of the script's
                       session, so that a ctl in it sees the same sockets

Variables
  ${NAME} is the value, $NAME too, but a name with a dot needs the braces:
  $web.addr is read as $web and ".addr". A variable that is not set ends the
  script. "env NAME=VALUE" sets one; verbs set theirs: of the socket "web"
  web.addr, web.port, web.peer, web.peerport and web.uid; recv and expect set
  u.from, c.match and c.match1; fill sets d.filled, and drain d.drained, in
  bytes.

Quotes
  Blanks separate words and # begins a comment. Single quotes keep both, and $,
  as they are; '' inside them is one quote: 'don''t'. A backslash means nothing
  to the script, so 'a\r\n' reaches the verb as six characters: where the verb
  reads escapes itself that is what you want, otherwise write the bytes to a
  file first:

  write request 'GET / HTTP/1.0\r\n\r\n'
  send d --file request

  Double quotes keep blanks, # and ' too, but variables are put in, as in
  "at ${web.addr}". As in a shell \" \$ and \\ in them mean the second
  character; before any other a backslash stays.

What you see
  Of a file that fails: the lines so far with their output, the outcome, and
  what arrived instead: text by its lines, what is short or no text in hex. -v
  shows every line as it is run, cleanup lines too, and no text is cut.

Files
  What follows a line "-- NAME --" is a file of this name, up to the next such
  line (txtar). The script runs in a temporary folder with these files, which is
  removed afterwards; each of them ends with a newline. Built-in commands write
  only there.
`
