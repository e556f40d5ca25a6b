"""Sentences on which an exported encoder is compared with the original. Invariant: written for this, from no data set.

They differ in length, topic, script and tidiness, because a quantised graph errs differently on each.
"""

from typing import Final

SAMPLES: Final = (
    "How do I reset my password?",
    "The invoice shows the wrong amount",
    "Printer does not print after the update",
    "I cannot log in with my work account since yesterday; it says that the session has expired.",
    "Please cancel the subscription and refund the last payment.",
    "Where can I download my data before I delete the account?",
    "error 0x80070005 when installing on windows",
    "vpn drops every ten minutes",
    "The card reader is connected but every payment is declined with code 51, and the queue is out of the door.",
    "Change the language of the menu",
    "Wie ändere ich meine E-Mail-Adresse?",
    "export to csv has strange characters",
    "help",
    "not working!!!",
    "Thank you, that solved it.",
    "Two-factor codes never arrive on my new phone",
    "The calendar shows meetings one hour late since the clocks changed.",
    "Can I have two people on one licence?",
    "My parcel is marked as delivered, but nobody was at home and there is nothing with the neighbours.",
    "slow",
    "The screen stays black after the laptop wakes from sleep, although the fan is running.",
    "How long do you keep my records after I leave?",
    "GET /api/v2/orders returns 429 after about 60 requests a minute",
    "Traceback (most recent call last): KeyError: 'customer_id'",
    "Import stops at line 2,481 with 'unexpected end of quoted field'",
    "We moved to another office and the phones no longer register.",
    "Who approves a discount of more than twenty per cent?",
    "I was charged twice for the same order this morning.",
    "Why is my bank transfer still pending?",
    "The link in the welcome mail has expired.",
    "Mails from one supplier go to junk although I marked them as safe.",
    "disk full on the mail server, users cannot send",
    "Scanner beeps but nothing appears in the field",
    "Set up a new starter: account, laptop, access to the shared drive, badge.",
    "Necesito cambiar la dirección de entrega",
    "L'application se ferme dès que j'ouvre une photo.",
    "パスワードを忘れました",
    "如何取消订阅",
    "Ho bisogno di una copia della fattura di marzo.",
    "Tastatur schreibt y statt z",
    "asdf qwerty 12345",
    "😀 app crashed again 😡",
    "Turn off notifications at night",
    "Difference between archiving and deleting a conversation",
    "Our certificate expires on Friday and the new one is refused with 'chain incomplete'.",
    "How can I see who changed this record?",
    "The report shows zero for every shop except the first one, but only when I choose a whole quarter.",
    "Reader battery empty after two hours",
    "I would like to speak to a manager about the way my complaint was handled.",
    "Sync stuck at 99 %",
    "Fonts look blurred on the second monitor",
    "The bookmarks that I had yesterday are gone; the toolbar is empty, and the other computer shows them still.",
    "Close my account please",
    "Does the free plan include backups?",
    "The lift in building C is out of order",
    (
        "Since the update of last night nobody in the warehouse can print labels. We restarted the print server, removed "
        "and added the printers, and tried another cable. The queue shows the jobs as sent, the printers show nothing, "
        "and a test page from the printer's own menu comes out well. About forty parcels an hour are waiting."
    ),
    (
        "Hello, I hope that you are well. I have been a customer for many years and never had reason to complain. Last "
        "month I changed my tariff on the website, and the confirmation named the lower price. The bill that came today "
        "names the old one, and adds a fee for changing. On the telephone I was told that nobody can see the confirmation."
    ),
    "1. Open settings. 2. Choose Privacy. 3. Clear the cache. 4. Restart. After step 4 it asks for the password again.",
    "Permission denied (publickey)",
    "What is the procedure for a lost badge?",
)
