#!/usr/bin/python3
"""A mail server of a test: takes mails over SMTP and writes one JSON line for each.

Prints its port once it listens; ends on SIGTERM. Debian's python3-aiosmtpd does
the protocol.
"""

import argparse
import asyncio
import email
import email.policy
import json
import signal

from aiosmtpd.smtp import SMTP


class Mailbox:
    """Keeps what was sent before it answers, as a server that says 250 must."""

    def __init__(self, options):
        self.file = open(options.mailbox, "a", encoding="utf-8")
        self.delay_s = options.delay_ms / 1000
        self.refuse = options.refuse

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if self.refuse and address.startswith(self.refuse):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        await asyncio.sleep(self.delay_s)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": dict(message.items()),
            "body": message.get_content(),
        }
        self.file.write(json.dumps(mail) + "\n")
        self.file.flush()
        return "250 OK"


async def serve(options):
    loop = asyncio.get_running_loop()
    mailbox = Mailbox(options)
    server = await loop.create_server(
        lambda: SMTP(mailbox, hostname="mail.test", loop=loop),
        "127.0.0.1",
        options.port,
        backlog=128,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    done = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, done.set)
    await done.wait()
    server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("mailbox", help="file that mails are added to")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--delay-ms", type=int, default=0, help="before each mail is taken")
    parser.add_argument("--refuse", default="", help="recipients that begin so get a 550")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
