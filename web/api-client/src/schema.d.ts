// Written by scripts/generate.mjs from server/openapi.json: npm run generate --workspace @qiao/api-client

export interface paths {
    "/api/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All accounts */
        get: operations["listAccounts"];
        put?: never;
        /**
         * Make an account
         * @description The secrets in the answer are shown once.
         */
        post: operations["createAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove an account */
        delete: operations["deleteAccount"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{person}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give an account new secrets */
        post: operations["resetAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{person}/single-sign-on": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Link an account to a single sign-on
         * @description Whom the issuer calls so signs in to this account from then on.
         */
        put: operations["linkAccount"];
        post?: never;
        /** Take the link to a single sign-on away */
        delete: operations["unlinkAccount"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Visits and needs by month
         * @description Counts alone: a unit, which may see no household file, sees its villages and its paired households so.
         */
        get: operations["getActivity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attachments/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An attachment of a document one may read
         * @description Serves one range of bytes where one is asked for.
         */
        get: operations["attachment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attendance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A month of teams, and leave that waits for a decision
         * @description For the village side and the township: counties see the days of teams among the numbers.
         */
        get: operations["getAttendance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Decisions, newest first */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Recompute the whole chain */
        get: operations["verifyAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Applications and cases, what is due first */
        get: operations["listCases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The statement of an application or case
         * @description Every step with who and when, by the log; on demand with the signature over every change checked.
         */
        get: operations["getCase"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/draw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The draw of cases for random checks
         * @description For counties. The order is the SHA-256 of the seed and the document's name; the seed is the SHA-256 of the
         *     deployment, the procedure and the month, each followed by a zero byte.
         */
        get: operations["drawCases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The same by words
         * @description What is looked for is often a name, so it does not stand in the address.
         */
        post: operations["searchCases"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/casework/months": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Casework by month */
        get: operations["getCaseworkMonths"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/casework/numbers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The numbers leaders look at, of a place and of the places in it
         * @description Each names the list behind it. Of teams there are counts, of persons none.
         */
        get: operations["getCaseworkNumbers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Names of kinds, fields, choices and causes of refusal */
        get: operations["getCatalogue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Devices in one's area, with their health */
        get: operations["listDevices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One device */
        get: operations["getDevice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Rename a device */
        patch: operations["renameDevice"];
        trace?: never;
    };
    "/api/v1/devices/{device_id}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a device's grant hold longer */
        post: operations["extendDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was decided about a device, newest first */
        get: operations["getDeviceHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device_id}/lost": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report a device lost
         * @description As ending it. Needs no confirmation of identity: minutes count when a phone is lost.
         */
        post: operations["markDeviceLost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device_id}/replace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite a device to take this one's place
         * @description The old one goes on until the new one is let in.
         */
        post: operations["replaceDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device_id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a held device go on */
        post: operations["resumeDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a device
         * @description It wipes itself when it next has contact; what it still sends is kept for review.
         */
        post: operations["revokeDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Issue a device's grant anew */
        post: operations["rotateDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device_id}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hold a device */
        post: operations["suspendDevice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Changes of a document, newest first
         * @description What stood there before is what stood there when the server took the change.
         */
        get: operations["getHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrolments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Devices waiting for a decision, with what to know before deciding */
        get: operations["listEnrolments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrolments/{device_id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a device in */
        post: operations["approveEnrolment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrolments/{device_id}/deny": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuse a device */
        post: operations["denyEnrolment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What has changed, as it happens
         * @description Server-sent events. `changed` carries a JSON list out of `enrolments` (somebody asks to be let in, or was decided
         *     about), `devices` (a decision), `contacts` (a device was heard) and `quarantine`. Ends with the session.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/exports/households": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Households as a spreadsheet
         * @description At most 20,000 rows; noted in the audit.
         */
        post: operations["exportHouseholds"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/filters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own kept searches, oldest first */
        get: operations["listFilters"];
        put?: never;
        /**
         * Keep a search
         * @description At most 50 a person; `wrong_state` when there are so many already.
         */
        post: operations["createFilter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/filters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget a kept search */
        delete: operations["deleteFilter"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/households/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A household with its file, needs and visits */
        get: operations["getHousehold"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/households/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What moving a household to another village would do
         * @description For townships, which move households by an ordinary change of the file. Changes nothing.
         */
        get: operations["previewHousehold"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/households/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Search households
         * @description Of one's own villages, in the order of village, group and number.
         */
        post: operations["searchHouseholds"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Invitations in one's area, newest first */
        get: operations["listInvitations"];
        put?: never;
        /**
         * Invite a person's phone
         * @description Code, link and QR code are shown once. Letting the device in is a decision of its own.
         */
        post: operations["createInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take an unused invitation back */
        delete: operations["revokeInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Invite many phones at once */
        post: operations["createInvitations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own passkeys */
        get: operations["listPasskeys"];
        put?: never;
        /**
         * Keep a new passkey
         * @description Answers a question of this same session, for which the identity was confirmed.
         */
        post: operations["addPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove one of one's own passkeys */
        delete: operations["removePasskey"];
        options?: never;
        head?: never;
        /** Rename one of one's own passkeys */
        patch: operations["renamePasskey"];
        trace?: never;
    };
    "/api/v1/me/passkeys/question": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask for a new passkey */
        post: operations["askForNewPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change one's own password
         * @description Asks for the old one and a one-time code whatever was confirmed before. Every other session of the account ends.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/needs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Needs, what is overdue and urgent first
         * @description A unit sees those given to it, everybody else those of their villages.
         */
        get: operations["listNeeds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The figures of a place and of the places in it
         * @description Each figure names the list behind it. A unit gets those of the needs given to it.
         */
        get: operations["getOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pairings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Pairings */
        get: operations["listPairings"];
        put?: never;
        /** Pair a unit with a village, or a cadre with a household */
        post: operations["createPairing"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pairings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a pairing */
        delete: operations["deletePairing"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** People in one's area */
        get: operations["listPeople"];
        put?: never;
        /** Add a person */
        post: operations["createPerson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One person */
        get: operations["getPerson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a person
         * @description A new role, place or unit moves their devices with them; `active: false` suspends the devices.
         */
        patch: operations["updatePerson"];
        trace?: never;
    };
    "/api/v1/people/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a change of a person would do to their devices
         * @description Changes nothing.
         */
        post: operations["previewPerson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/places": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Places in one's area */
        get: operations["listPlaces"];
        put?: never;
        /** Add a place */
        post: operations["createPlace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/places/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Rename or move a place */
        patch: operations["updatePlace"];
        trace?: never;
    };
    "/api/v1/places/{id}/figures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What lies in a place
         * @description Counts of files, everything below the place included.
         */
        get: operations["getPlaceFigures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/places/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a change of a place would do
         * @description Changes nothing.
         */
        post: operations["previewPlace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Changes in quarantine, oldest first, each in words of its document */
        get: operations["listQuarantine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quarantine/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuse changes for good */
        post: operations["discardQuarantine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quarantine/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let changes through the gate
         * @description Each as its author's role allows; one the gate refuses stays, with the reason.
         */
        post: operations["releaseQuarantine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in
         * @description Always begins a new session; a session the browser still held ends.
         */
        post: operations["signIn"];
        /** Sign out */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/device": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let this browser take part
         * @description Gives its key a grant for the person who signed in, until the session ends.
         */
        post: operations["openDesk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/passkey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with a passkey
         * @description Stands for password and one-time code together. Always begins a new session; a session the browser still held ends.
         */
        post: operations["signInWithPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/passkey/question": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask for a passkey to sign in with */
        post: operations["askForPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/single-sign-on": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sign in where the office does
         * @description Sends the browser to the issuer.
         */
        get: operations["leaveToSignIn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/single-sign-on/back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Come back from the issuer
         * @description Opens the desk, signed in or with the reason why not.
         */
        get: operations["comeBackSignedIn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/step-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm one's identity
         * @description Opens the decisions that need it for five minutes.
         */
        post: operations["stepUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/step-up/passkey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm one's identity with a passkey
         * @description Opens the decisions that need it for five minutes.
         */
        post: operations["stepUpWithPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/step-up/passkey/question": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask for one of one's own passkeys */
        post: operations["askForOwnPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/ways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How one may sign in */
        get: operations["signInWays"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own sessions */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of one's own sessions */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/units": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All units */
        get: operations["listUnits"];
        put?: never;
        /** Add a unit */
        post: operations["createUnit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/units/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Rename a unit */
        patch: operations["updateUnit"];
        trace?: never;
    };
    "/enrol/v1/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask to be let in
         * @description With an invitation's code, or as a walk-up. Safe to repeat with the same key: the answer says where the request
         *     stands. The phone shows check words it derives itself from its key, `invitation_id` and `server_public_key`.
         */
        post: operations["enrol"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account for administrators. */
        AccountView: {
            /**
             * Format: int64
             * @description Unix ms.
             */
            created_ms: number;
            /**
             * Format: int64
             * @description Unix ms until which sign-in is held after wrong attempts; 0 if it is not.
             */
            locked_until_ms: number;
            /** @description Login. */
            login: string;
            /** @description Person id. */
            person: string;
            /** @description Recovery codes left. */
            recovery_codes_left: number;
            /** @description What the single sign-on calls them; absent if their account is not linked. */
            single_sign_on?: string | null;
            /** @description Whether a one-time code is asked for. */
            totp: boolean;
        };
        /** @description Counts by month. */
        Activity: {
            /** @description The months, oldest first, as `YYYY-MM`. */
            months: string[];
            paired?: components["schemas"]["Months"] | null;
            /** @description Villages: one's own, or those one's unit is paired with. */
            villages: components["schemas"]["VillageMonths"][];
        };
        /** @description What a decision to let a device in says. What is absent is taken from the invitation. */
        Approval: {
            /**
             * Format: int64
             * @description Unix ms; 180 days from now if absent.
             */
            expires_ms?: number | null;
            /** @description What to call it. */
            name?: string | null;
            /** @description Who uses it; needed for a walk-up request. */
            person?: string | null;
            /** @description Places of the role. */
            places?: string[] | null;
            /** @description Identity (hex) of the device whose place it takes. */
            replaces?: string | null;
            role?: components["schemas"]["RoleName"] | null;
            /** @description Unit of its cadre. */
            unit?: string | null;
            /** @description The administrator has compared the six words with those on the phone. Must be true. */
            words_compared: boolean;
        };
        /** @description A month of teams. */
        AttendanceMonth: {
            /** @description Leave that waits for a decision, of any month, and what was decided on leave of this month. */
            leaves: components["schemas"]["Leave"][];
            /** @description The month. */
            month: string;
            /**
             * Format: int64
             * @description Days a month a member is on duty.
             */
            target_days: number;
            /** @description Teams, by the code of their village. */
            teams: components["schemas"]["Team"][];
        };
        /** @description Why. */
        Because: {
            /** @description Shown to administrators, and on the device. */
            reason?: string;
        };
        /** @description Several invitations: all are made or none. */
        Bulk: {
            /** @description At most 200. */
            invitations: components["schemas"]["NewInvitation"][];
        };
        /** @description An open clock. */
        CaseClock: {
            /** @description All holidays up to the last day have been announced; otherwise it may move. */
            announced: boolean;
            /** @description Its name in the procedure. */
            clock: string;
            /** @description The last day. */
            due: string;
            /** @description English. */
            en: string;
            /** @description Who is late when it runs out. */
            holder?: string | null;
            /**
             * Format: int64
             * @description Days left; below zero when late, absent while it stands still.
             */
            left?: number | null;
            /** @description How long: working days, days, months or hours. */
            limit: Record<string, never>;
            /** @description Not a limit but a time that must pass: a notice. */
            minimum: boolean;
            /** @description The day it started. */
            started: string;
            /** @description `running`, `warning`, `overdue`, `paused`, or `over` for a time that has passed. */
            status: string;
            /** @description The first day of the warning; absent for a time that must pass. */
            warn_on?: string | null;
            /** @description Its days are working days. */
            working_days: boolean;
            /** @description Chinese. */
            zh: string;
        };
        /** @description The statement of an application or case. */
        CaseFile: {
            /** @description What offices alone keep: accounts and reports of checks. Absent for everybody else. */
            check?: Record<string, never> | null;
            /** @description What each event says, by its key. */
            events: Record<string, never>;
            /** @description The document without its events. */
            fields: Record<string, never>;
            /** @description Attachments that events name, by the key of the event. */
            files: {
                [key: string]: string[];
            };
            /** @description Heads of its history: two statements with the same heads are about the same events. */
            heads: string[];
            /** @description Paths of what was left out because it is sensitive. */
            hidden: string[][];
            /** @description Notices that events name. */
            notices: components["schemas"]["Related"][];
            /** @description Names of the persons that fields name, by id. */
            people: {
                [key: string]: string;
            };
            /** @description Plans of measures for the household. */
            plans: components["schemas"]["Related"][];
            /** @description As lists show it. */
            row: components["schemas"]["CaseRow"];
            /** @description Where it stands: state, steps, clocks, and what can be done next. */
            standing?: Record<string, never> | null;
            verified?: components["schemas"]["Verified"] | null;
            /**
             * Format: int64
             * @description Version of the document: the number of its changes.
             */
            version: number;
        };
        /** @description An application or case in a list. */
        CaseRow: {
            /** @description Day of acceptance. */
            accepted_on?: string | null;
            /** @description Day of the first aid in an emergency. */
            aid_given_on?: string | null;
            /** @description Who applies. */
            applicant?: string | null;
            /** @description Day on which the risk ended, while it has. */
            cleared_on?: string | null;
            /** @description Every open clock, soonest first. */
            clocks: components["schemas"]["CaseClock"][];
            /** @description Nothing moves any more. */
            closed: boolean;
            /**
             * Format: int64
             * @description Fields with more than one value.
             */
            conflicts: number;
            /** @description Day of the last decision. */
            decided_on?: string | null;
            /** @description The event that decided. */
            decision?: string | null;
            due?: components["schemas"]["CaseClock"] | null;
            /**
             * Format: int64
             * @description Village group.
             */
            group?: number | null;
            /** @description The role whose turn it is. */
            holder?: string | null;
            /** @description The household. */
            household: string;
            /** @description Householder. */
            householder?: string | null;
            /** @description Id of its document. */
            id: string;
            /** @description Day of the identification. */
            identified_on?: string | null;
            /** @description `application` or `case`. */
            kind: string;
            /** @description A near relative of a handler is concerned: the county must visit. */
            kinship: boolean;
            /**
             * Format: int64
             * @description Events that came too late to count: somebody should look.
             */
            late_count: number;
            /**
             * Format: int64
             * @description Measures of the household's plans that stand.
             */
            measures: number;
            /** @description Monitoring type, once identified. */
            monitoring_type?: string | null;
            /** @description Last day of the notice that is up. */
            notice_until?: string | null;
            /**
             * Format: int64
             * @description Objections since the last notice, while nothing is decided.
             */
            objections: number;
            /** @description Day of the first step. */
            opened_on?: string | null;
            /** @description Aid was given, the paperwork is not done. */
            paperwork: boolean;
            /** @description The procedure it goes by; absent while nobody has said what is applied for. */
            procedure?: string | null;
            /** @description Its name, English. */
            procedure_en?: string | null;
            /** @description Its name, Chinese. */
            procedure_zh?: string | null;
            /** @description Day on which it came back. */
            rolled_back_on?: string | null;
            /** @description Where it stands; empty without a procedure. */
            state: string;
            /** @description Name of the state, English. */
            state_en: string;
            /** @description Name of the state, Chinese. */
            state_zh: string;
            /** @description Title. */
            title?: string | null;
            /** @description Where the household lies. */
            village?: string | null;
            /** @description Name of the village. */
            village_name?: string | null;
        };
        /** @description A page of cases. */
        Cases: {
            /** @description By the day the next limit runs out; those without one last. */
            items: components["schemas"]["CaseRow"][];
            /** @description Give this as `cursor` to get the next page; absent on the last. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many fit in all, if that was asked.
             */
            total?: number | null;
        };
        /** @description Which cases are wanted. Everything narrows; nothing given means all one may see. */
        CaseSearch: {
            /** @default null */
            clock: components["schemas"]["ClockWanted"] | null;
            /**
             * @description Whether nothing moves any more.
             * @default null
             */
            closed: boolean | null;
            /**
             * @description Whether to count all that fit.
             * @default false
             */
            count: boolean;
            /**
             * @description `next` of the page before.
             * @default null
             */
            cursor: string | null;
            /**
             * @description Whether they were accepted and decided since `since`.
             * @default null
             */
            decided: boolean | null;
            /**
             * @description Whose turn it is, one of these roles.
             * @default []
             */
            holder: string[];
            /**
             * @description Only of this household.
             * @default null
             */
            household: string | null;
            /**
             * @description `application` or `case`.
             * @default null
             */
            kind: string | null;
            /**
             * @description Whether a near relative of a handler is concerned.
             * @default null
             */
            kinship: boolean | null;
            /**
             * @description Whether events came too late to count.
             * @default null
             */
            late: boolean | null;
            /**
             * Format: int64
             * @description Rows wanted, at most 500.
             * @default null
             */
            limit: number | null;
            /** @default null */
            monitored: components["schemas"]["MonitoredWanted"] | null;
            /**
             * @description Monitoring types, one of them.
             * @default []
             */
            monitoring_type: string[];
            /**
             * @description Clocks that count for `clock`.
             * @default []
             */
            named: string[];
            /** @default null */
            notice: components["schemas"]["NoticeWanted"] | null;
            /**
             * @description The day to count from instead of today. Cases are as they are now.
             * @default null
             */
            on: string | null;
            /**
             * @description Whether aid was given and the paperwork is not done.
             * @default null
             */
            paperwork: boolean | null;
            /**
             * @description Only in the villages of this place.
             * @default null
             */
            place: string | null;
            /**
             * @description Procedures, one of them.
             * @default []
             */
            procedure: string[];
            /**
             * @description Words, all of which must fit: names of the household or the applicant, their pinyin or initials, the household's
             *     number, the last four to six characters of an identity number.
             * @default
             * @example zhang
             */
            q: string;
            /**
             * @description For what is new, cleared, rolled back and decided: from this day on; 1 January unless told.
             * @default null
             */
            since: string | null;
            /**
             * @description States, one of them.
             * @default []
             */
            state: string[];
            /**
             * @description Whether they have begun and nothing is decided.
             * @default null
             */
            undecided: boolean | null;
            /**
             * @description Only in this village.
             * @default null
             */
            village: string | null;
        };
        /** @description Casework by month. */
        CaseworkMonths: {
            /** @description Applications accepted. */
            accepted: number[];
            /** @description Emergency aid given. */
            aid: number[];
            /** @description Applications decided. */
            decided: number[];
            /** @description Leads. */
            leads: number[];
            /** @description Days from acceptance to decision, the middle one of what was decided in the month. */
            median_days: (number | null)[];
            /** @description Monitored households by type. */
            monitored: components["schemas"]["TypeMonths"][];
            /** @description `YYYY-MM`, oldest first; every list below is as long. */
            months: string[];
            /** @description Notices put up. */
            notices: number[];
            place?: components["schemas"]["PlaceName"] | null;
            /** @description Days on duty of teams; only of places with no more than thirty villages. */
            presence: components["schemas"]["TeamMonths"][];
            /** @description Re-checks concluded. */
            rechecks: number[];
        };
        /** @description A number. */
        CaseworkNumber: {
            /**
             * @description Which one: a stable name.
             * @example cases_due
             */
            key: string;
            /** @description The list behind it. */
            list: components["schemas"]["List"];
            /**
             * Format: int64
             * @description What it is a part of, or made from.
             */
            of?: number | null;
            /**
             * Format: int64
             * @description The number; null where there is nothing to make it from.
             */
            value?: number | null;
        };
        /** @description The numbers of a place. */
        CaseworkNumbers: {
            /**
             * Format: int64
             * @description Unix ms at which this was so.
             */
            at_ms: number;
            /** @description Monitored households by type. */
            by_type: components["schemas"]["TypeCount"][];
            /** @description The numbers; `median_days` is absent from `value` while nothing is decided. */
            numbers: components["schemas"]["CaseworkNumber"][];
            /** @description The day they are of. */
            on: string;
            place?: components["schemas"]["PlaceName"] | null;
            /** @description The places one level down; of a village, itself. */
            rows: components["schemas"]["CaseworkRow"][];
            /** @description New, cleared, rolled back and decided count from this day on. */
            since: string;
            /** @description The teams of the villages, by the village's code. */
            teams: components["schemas"]["TeamRow"][];
        };
        /** @description The counts of a place. */
        CaseworkRow: {
            /** @description Its code. */
            id: string;
            /** @description How high it stands. */
            level: components["schemas"]["Level"];
            /**
             * Format: int64
             * @description Days from acceptance to decision, the middle one.
             */
            median_days?: number | null;
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description Villages in it.
             */
            villages: number;
        } & {
            [key: string]: number;
        };
        /** @description Names of everything a document can hold, and of everything that can be wrong with it. */
        Catalogue: {
            /** @description Kinds of documents. */
            kinds: components["schemas"]["KindWords"][];
            /** @description Causes of refusal. */
            reasons: components["schemas"]["Words"][];
        };
        /** @description A change that holds. */
        Change: {
            /** @description What it did. A value that is not shown is `{"hidden": true}`. */
            changes: components["schemas"]["Difference"][];
            /**
             * Format: int64
             * @description When the device says it was made, Unix seconds. Not to be believed.
             */
            claimed_s: number;
            /**
             * Format: int64
             * @description Author number of the device.
             */
            device: number;
            /** @description Their name. */
            name?: string | null;
            /** @description Who made it; absent for the server itself. */
            person?: string | null;
            /**
             * Format: int64
             * @description When it arrived, Unix ms.
             */
            received_ms: number;
            /** @description The role of their device. */
            role?: string | null;
            /**
             * Format: int64
             * @description The document's version that it made.
             */
            version: number;
        };
        /**
         * @description How a clock stands.
         * @enum {string}
         */
        ClockWanted: "overdue" | "due" | "warning" | "running" | "paused";
        /** @description A confirmed month. */
        Confirmed: {
            /**
             * Format: int64
             * @description When, by their clock, Unix seconds.
             */
            at_s: number;
            /** @description Who confirmed it. */
            by?: string | null;
            /** @description Their name. */
            by_name?: string | null;
            /**
             * Format: int64
             * @description Days in the village.
             */
            days_count?: number | null;
            /** @description Note. */
            note?: string | null;
        };
        /** @description A field with more than one value. */
        Conflict: {
            /** @description Where, from the root. */
            path: string[];
            /** @description The values, the one shown last. */
            values: components["schemas"]["Side"][];
        };
        /** @description A fresh invitation. The code is shown now and never again. */
        Created: {
            /**
             * @description The code in two halves.
             * @example KTRM-WXBD
             */
            code: string;
            /**
             * Format: int64
             * @description Unix ms.
             */
            expires_ms: number;
            /** @description Id. */
            id: string;
            /** @description Link for the phone; the code stands behind `#`, so that no server logs it. */
            link: string;
            /** @description Person id. */
            person: string;
            /** @description The link as a QR code (SVG). */
            qr_svg: string;
        };
        /** @description Why not. */
        Denial: {
            /** @description Shown on the phone. */
            reason?: string;
        };
        /** @description The browser as a device. */
        Desk: {
            /** @description Names the deployment in envelopes. */
            deployment_id: string;
            /** @description Identity, hex. */
            device_id: string;
            /**
             * Format: int64
             * @description Unix ms at which the grant ends.
             */
            grant_expires_ms: number;
            /** @description P-256 public key that signs grants and orders, SEC1 uncompressed, base64url. */
            server_public_key: string;
        };
        /** @description A browser's key. */
        DeskRequest: {
            /** @description The browser. */
            device: components["schemas"]["DeviceInfo"];
            /** @description Nonce of the install (16 bytes), base64url. */
            nonce: string;
            /** @description As for an enrolment request, with `desk:` and the session's handle in the place of the invite code. */
            proof: string;
            /** @description P-256 public key, SEC1 uncompressed (65 bytes), base64url. */
            public_key: string;
        };
        /** @description The phone itself. */
        DeviceInfo: {
            /**
             * @description App version.
             * @example 0.1.0
             */
            app_version: string;
            /**
             * @description Make and model.
             * @example Redmi 9A
             */
            model: string;
        };
        /** @description A device for administrators. */
        DeviceView: {
            /** @description Words to compare with those on the phone, while pending. */
            check_words: components["schemas"]["Word"][];
            /**
             * Format: int64
             * @description Unix ms.
             */
            created_ms: number;
            /** @description Person id, or `cli`. */
            decided_by?: string | null;
            /**
             * Format: int64
             * @description Unix ms.
             */
            decided_ms?: number | null;
            /** @description Whether it is a browser at a desk, let in by signing in. */
            desk: boolean;
            /** @description Identity, hex. */
            device_id: string;
            /**
             * Format: int64
             * @description Unix ms; 0 while there is no grant.
             */
            grant_expires_ms: number;
            /**
             * Format: int64
             * @description Rises with every decision.
             */
            grant_version: number;
            health?: components["schemas"]["Health"] | null;
            /** @description Id of the invitation it came with. */
            invitation?: string | null;
            /** @description Make and model. */
            model: string;
            /** @description What people call it. */
            name: string;
            /**
             * Format: int64
             * @description Author number.
             */
            no: number;
            /**
             * Format: int64
             * @description Hours it works without contact.
             */
            offline_grace_hours: number;
            /** @description Person id. */
            person?: string | null;
            /** @description Their name. */
            person_name?: string | null;
            /** @description Places of the role. */
            places: string[];
            /** @description Identity of the device it takes the place of, hex. */
            replaces?: string | null;
            role?: components["schemas"]["RoleName"] | null;
            scope_size?: components["schemas"]["ScopeSize"] | null;
            /** @description Where it stands. */
            status: components["schemas"]["Status"];
            /** @description Code of the reason, or empty. */
            status_reason: string;
            /** @description Unit of its cadre. */
            unit?: string | null;
            walk_up?: components["schemas"]["WalkUp"] | null;
        };
        /** @description One thing a change would do. */
        Difference: {
            /** @description What would stand there; null for nothing. */
            after: unknown;
            /** @description What stands there now; null for nothing. */
            before: unknown;
            /** @description Where, from the root. */
            path: string[];
        };
        /** @description A draw. */
        Draw: {
            /** @description Cases that have been checked since they were sent, drawn or not. */
            checked: number;
            /** @description Cases drawn. */
            drawn: number;
            /** @description All of them, in the order of the draw; the first are drawn. */
            items: components["schemas"]["Drawn"][];
            /** @description The month. */
            month: string;
            /** @description Cases drawn from. */
            population: number;
            /** @description The procedure. */
            procedure: string;
            /** @description What the order follows from, with the document's name: hexadecimal. */
            seed: string;
            /** @description The month is over: no case can be added any more. */
            settled: boolean;
            /**
             * Format: int64
             * @description Percent.
             */
            share: number;
        };
        /** @description A case of a draw. */
        Drawn: {
            /** @description Day of the last random check since it was sent. */
            checked_on?: string | null;
            /** @description Whether it is drawn. */
            drawn: boolean;
            /** @description Its place in the order, from 1. */
            rank: number;
            /** @description The case. */
            row: components["schemas"]["CaseRow"];
        };
        /** @description The answer to a request. */
        Enrolled: {
            /** @description Six words. The phone derives its own from its key, the invitation id and the server's key and shows those. */
            check_words: components["schemas"]["Word"][];
            /** @description What the administrator who denied it wrote. */
            denied_because?: string | null;
            /** @description Names the deployment in envelopes. */
            deployment_id: string;
            /** @description Its name for people. */
            deployment_name: string;
            /** @description Identity, hex: derived from key and nonce, so the phone can check it. */
            device_id: string;
            /** @description Id of the invitation, for deriving the check words; empty for a walk-up. */
            invitation_id: string;
            /** @description P-256 public key that signs grants and orders, SEC1 uncompressed, base64url. */
            server_public_key: string;
            /** @description Where it stands; asking again with the same key tells, then also without code and name. */
            status: components["schemas"]["Status"];
        };
        /** @description A request to be let in. */
        EnrolRequest: {
            /** @description The phone. */
            device: components["schemas"]["DeviceInfo"];
            /**
             * @description Code of an invitation. Either this or `walk_up`; neither to ask where an earlier request stands.
             * @example KTRM-WXBD
             */
            invite_code?: string | null;
            /** @description Nonce of the install (16 bytes), base64url. */
            nonce: string;
            /**
             * @description ECDSA P-256/SHA-256 signature `r ‖ s` (64 bytes), base64url, by that key over `qiao enrol v1\0` and then invite
             *     code (as sent, or empty), public key, nonce, model and app version, each preceded by its length (8 bytes,
             *     big-endian).
             */
            proof: string;
            /** @description P-256 public key, SEC1 uncompressed (65 bytes), base64url. */
            public_key: string;
            walk_up?: components["schemas"]["WalkUp"] | null;
        };
        /** @description One decision. */
        Entry: {
            /**
             * @description What was done, such as `device.approve`.
             * @example device.approve
             */
            action: string;
            /** @description Person id, or `cli`. */
            actor: string;
            /**
             * Format: int64
             * @description Unix ms.
             */
            at_ms: number;
            /** @description Codes and ids that say more. */
            detail: Record<string, never>;
            /** @description Hash of this entry and everything before it, hex. */
            hash: string;
            /**
             * Format: int64
             * @description Number, without gaps.
             */
            seq: number;
            /** @description Id of what it was done to. */
            subject: string;
        };
        /** @description What is to be written down. */
        Export: {
            /**
             * @description Columns in this order; all one may see when none are named.
             * @example [
             *       "village_name",
             *       "householder",
             *       "last_visit_on"
             *     ]
             */
            columns?: string[];
            /** @description Headings in English. */
            english?: boolean;
            /** @description The search; its cursor and limit do not count. */
            search: components["schemas"]["Search"];
        };
        /** @description How long. */
        Extend: {
            /**
             * Format: int64
             * @description Unix ms; 180 days from now if absent.
             */
            expires_ms?: number | null;
        };
        /** @description What is wrong with one field. */
        FieldError: {
            /** @description Stable code: `required`, `too_long`, `bad_id`, `unknown`, `taken`, `not_allowed`, `bad_value`. */
            code: string;
            /**
             * @description JSON pointer into the request.
             * @example /places/0
             */
            field: string;
        };
        /** @description A field. */
        FieldWords: {
            /** @description Values with names of their own. */
            choices?: components["schemas"]["Words"][];
            /** @description Label, English. */
            en: string;
            /** @description Key. */
            name: string;
            /** @description Sensitive personal information. */
            sensitive: boolean;
            /** @description `text`, `int`, `bool`, `date`, `choice`, `id_number`, `phone`, `doc`, `person`, `place` or `unit`. */
            type: string;
            /** @description Label, Chinese. */
            zh: string;
        };
        /** @description What lies in a place: counts alone, since who administers need not see the files. */
        Figures: {
            /**
             * Format: int64
             * @description Household files.
             */
            households: number;
            /**
             * Format: int64
             * @description Needs that are neither solved nor closed.
             */
            open_needs: number;
        };
        /** @description How a device is: what it said of itself when it last began a contact, and what its contacts have come to since. */
        Health: {
            /** @description Version of the app. */
            app_version: string;
            /**
             * Format: int64
             * @description Its clock minus the server's.
             */
            clock_skew_ms: number;
            /**
             * Format: int64
             * @description Unix ms at which it was last handed all that was meant for it.
             */
            last_pull_ms?: number | null;
            /**
             * Format: int64
             * @description Unix ms at which something of its own last arrived.
             */
            last_push_ms?: number | null;
            /**
             * @description Stable code of what it was refused last.
             * @example out_of_scope
             */
            last_refusal?: string | null;
            /**
             * Format: int64
             * @description Unix ms of that.
             */
            last_refusal_ms?: number | null;
            /**
             * Format: int64
             * @description Unix ms by the server's clock.
             */
            last_seen_ms: number;
            /** @description Whether it is connected now. */
            live: boolean;
            /**
             * Format: int64
             * @description 0 if unknown.
             */
            storage_left_mib: number;
            /**
             * Format: int64
             * @description Changes it said it had not sent yet, without those that have arrived since.
             */
            unsent: number;
            /**
             * Format: int64
             * @description Age of the oldest of them.
             */
            unsent_age_s: number;
        };
        /** @description Something an administrator should know before deciding. */
        Hint: {
            /** @description Its identity, hex. */
            device_id: string;
            /** @enum {string} */
            kind: "same_person";
        } | {
            /** @description Its identity, hex. */
            device_id: string;
            /** @enum {string} */
            kind: "same_model";
        } | {
            /** @description Its identity, hex. */
            device_id: string;
            /** @enum {string} */
            kind: "replaces";
        };
        /** @description A household. */
        HouseholdFile: {
            /** @description Fields with more than one value. */
            conflicts: components["schemas"]["Conflict"][];
            /** @description The file. */
            file: Record<string, never>;
            /** @description Paths of values that are there and not shown. */
            hidden: string[][];
            /** @description Its needs. */
            needs: components["schemas"]["NeedRow"][];
            /** @description The household as lists show it. */
            row: components["schemas"]["HouseholdRow"];
            /**
             * Format: int64
             * @description Version of the file.
             */
            version: number;
            /** @description Visits, newest first, at most 200; none for who may not read them. */
            visits: components["schemas"]["Visit"][];
        };
        /** @description What moving a household would do. */
        HouseholdPreview: {
            /** @description Devices that would get or forget it. */
            devices: components["schemas"]["Touched"][];
            /** @description Where it lies. */
            from: string;
            /**
             * Format: int64
             * @description Journals that go with it.
             */
            journals: number;
            /**
             * Format: int64
             * @description Needs that go with it.
             */
            needs: number;
            /**
             * Format: int64
             * @description Those of them that are neither solved nor closed.
             */
            open_needs: number;
            /** @description Where it would lie. */
            to: string;
            /** @description Units that have a need of it, or stand by it: they keep both. */
            units: string[];
        };
        /** @description A household in a list. */
        HouseholdRow: {
            /** @description Allowance class. */
            allowance_class?: string | null;
            /**
             * Format: int64
             * @description Fields with more than one value.
             */
            conflicts: number;
            /** @description Guarantees that are not met. */
            gaps: string[];
            /**
             * Format: int64
             * @description Village group.
             */
            group?: number | null;
            /** @description Household type. */
            household_type?: string | null;
            /** @description Householder. */
            householder?: string | null;
            /** @description Id of the household file. */
            id: string;
            /** @description Day of the last visit. */
            last_visit_on?: string | null;
            /** @description Those of them whose names fit the words. */
            matched: string[];
            /**
             * Format: int64
             * @description How many live there.
             */
            members: number;
            /** @description Monitoring type. */
            monitoring_type?: string | null;
            /** @description Number within the village. */
            number?: string | null;
            /**
             * Format: int64
             * @description Needs that are neither solved nor closed.
             */
            open_needs: number;
            /** @description State of the file. */
            register_state?: string | null;
            /** @description Main risk. */
            risk?: string | null;
            /**
             * Format: int64
             * @description Risk level.
             */
            risk_level?: number | null;
            /** @description Risk state. */
            risk_state?: string | null;
            /** @description Day of the last verification. */
            verified_at?: string | null;
            /** @description Village. */
            village: string;
            /** @description Its name. */
            village_name: string;
        };
        /** @description A page of households. */
        Households: {
            /** @description In the order of village, group and number. */
            items: components["schemas"]["HouseholdRow"][];
            /** @description Give this as `cursor` to get the next page; absent on the last. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many fit in all, if that was asked.
             */
            total?: number | null;
        };
        /** @description An invitation as stored, without its code. */
        Invitation: {
            /** @description Person id, or `cli`. */
            created_by: string;
            /**
             * Format: int64
             * @description Unix ms.
             */
            created_ms: number;
            /**
             * Format: int64
             * @description Unix ms.
             */
            expires_ms: number;
            /** @description Id. */
            id: string;
            /** @description Person id. */
            person: string;
            /** @description Places of the role. */
            places: string[];
            /**
             * Format: int64
             * @description Number of the device the new one takes the place of.
             */
            replaces_device?: number | null;
            /**
             * Format: int64
             * @description Unix ms.
             */
            revoked_ms?: number | null;
            /** @description Role of the device. */
            role: components["schemas"]["RoleName"];
            /** @description Where it stands. */
            state: components["schemas"]["State"];
            /**
             * Format: int64
             * @description Wrong codes that named it.
             */
            tries: number;
            /** @description Unit. */
            unit?: string | null;
            /**
             * Format: int64
             * @description Unix ms.
             */
            used_ms?: number | null;
        };
        /** @description A kind of document. */
        KindWords: {
            /**
             * @description Its name in interfaces.
             * @example household
             */
            kind: string;
            /** @description What stands at its root. */
            nodes: components["schemas"]["NodeWords"][];
            /** @description Its name for people, Chinese. */
            zh: string;
        };
        /** @description A request for leave. */
        Leave: {
            /**
             * Format: int64
             * @description When it was asked, by the member's clock, Unix seconds.
             */
            asked_s: number;
            /**
             * Format: int64
             * @description Days, both ends counted.
             */
            days?: number | null;
            decision?: components["schemas"]["LeaveDecision"] | null;
            /** @description The document of the month. */
            doc: string;
            /** @description First day. */
            from?: string | null;
            /** @description Key of the request in it. */
            key: string;
            /** @description Their name. */
            name: string;
            /** @description Who asks. */
            person: string;
            /** @description Why. */
            reason?: string | null;
            /** @description Last day. */
            until?: string | null;
            /** @description The village. */
            village: string;
            /** @description Its name. */
            village_name: string;
        };
        /** @description A decision on leave. */
        LeaveDecision: {
            /**
             * Format: int64
             * @description When, by their clock, Unix seconds.
             */
            at_s: number;
            /** @description Who decided. */
            by?: string | null;
            /** @description Their name. */
            by_name?: string | null;
            /** @description `granted`, `refused` or `passed_on`. */
            conclusion?: string | null;
            /** @description Its key in the document. */
            key: string;
            /** @description Why. */
            reason?: string | null;
        };
        /**
         * @description How high a place stands.
         * @enum {string}
         */
        Level: "county" | "township" | "village" | "group";
        /** @description Whom the single sign-on vouches for. */
        Link: {
            /** @description Value of the claim agreed on: what the single sign-on calls the person. */
            subject: string;
        };
        /** @description A list, and what of it. */
        List: {
            /** @description The filter of that list. */
            filter: Record<string, never>;
            /** @description `needs`, `households`, `cases`, `teams` or `places` (those below). */
            to: string;
        };
        /** @description What somebody signs in with. */
        LoginRequest: {
            /** @description One-time code, or a recovery code in its place. */
            code?: string | null;
            /** @description Login. */
            login: string;
            /** @description Password. */
            password: string;
            /** @description For scripts: answer with the token instead of a cookie. */
            want_token?: boolean;
        };
        /** @description Who is signed in. */
        Me: {
            /** @description Whether they may administer. */
            administrator: boolean;
            /**
             * Format: int64
             * @description Unix ms at which the session ends whatever happens.
             */
            expires_ms: number;
            /** @description How many passkeys they have. */
            passkeys: number;
            /** @description The person. */
            person: components["schemas"]["Person"];
            /** @description This session's handle. */
            session: string;
            /**
             * Format: int64
             * @description Unix ms until which decisions need no further confirmation.
             */
            stepped_up_until_ms: number;
            /** @description The session token, if the script asked for it. Send it as `Authorization: Bearer`. */
            token?: string | null;
        };
        /** @description Somebody of a work team. */
        Member: {
            /**
             * Format: int64
             * @description Unix ms at which a phone of theirs was heard last.
             */
            last_heard_ms?: number | null;
            /** @description Name. */
            name: string;
            /** @description Id. */
            person: string;
            /** @description The unit that sent them. */
            unit?: string | null;
            /** @description Its name. */
            unit_name?: string | null;
        };
        /** @description Monitored households of one type. */
        MonitoredType: {
            /**
             * Format: int64
             * @description Whose risk has gone.
             */
            cleared: number;
            /**
             * Format: int64
             * @description At risk.
             */
            present: number;
            /** @description Monitoring type; empty where none is said. */
            type: string;
        };
        /**
         * @description How a monitored household stands.
         * @enum {string}
         */
        MonitoredWanted: "present" | "new" | "cleared" | "rolled_back";
        /** @description Counts, a number for each month. */
        Months: {
            /**
             * Format: int64
             * @description Households now.
             */
            households: number;
            /** @description Needs answered for the last time. */
            needs_answered: number[];
            /** @description Needs closed. */
            needs_closed: number[];
            /** @description Needs raised. */
            needs_raised: number[];
            /** @description Visits. */
            visits: number[];
        };
        /** @description A need in a list. */
        NeedRow: {
            /** @description Day of the last answer. */
            answered_on?: string | null;
            /** @description Category. */
            category?: string | null;
            /** @description Day it was closed. */
            closed_on?: string | null;
            /**
             * Format: int64
             * @description Fields with more than one value.
             */
            conflicts: number;
            /**
             * Format: int64
             * @description Days since it was due; 0 unless it is overdue.
             */
            days_over: number;
            /** @description Day it is due. */
            due?: string | null;
            /**
             * Format: int64
             * @description Village group.
             */
            group?: number | null;
            /** @description The household. */
            household: string;
            /** @description Householder. */
            householder?: string | null;
            /** @description Id of its document. */
            id: string;
            /** @description Open, and due before today. */
            overdue: boolean;
            /** @description Day it was raised. */
            raised_on?: string | null;
            /** @description Day of the result. */
            result_on?: string | null;
            /** @description State. */
            state: string;
            /** @description Title. */
            title?: string | null;
            /** @description The unit it is given to. */
            unit?: string | null;
            /** @description Name of the unit. */
            unit_name?: string | null;
            /** @description `normal`, `urgent` or `emergency`. */
            urgency: string;
            /** @description Where the household lies. */
            village?: string | null;
            /** @description Name of the village. */
            village_name?: string | null;
        };
        /** @description A page of needs. */
        Needs: {
            /** @description Overdue ones first, then by urgency, then by the day they are due. */
            items: components["schemas"]["NeedRow"][];
            /** @description Give this as `cursor` to get the next page; absent on the last. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many fit in all, if that was asked.
             */
            total?: number | null;
        };
        /** @description An account to be made. */
        NewAccount: {
            /**
             * @description Login: 3 to 64 of `A-Za-z0-9._-`.
             * @example li.min
             */
            login: string;
            /** @description At least 10 characters. */
            password: string;
            /** @description Person id. */
            person: string;
        };
        /** @description A search to keep. */
        NewFilter: {
            /** @description Name. */
            name: string;
            /** @description `households` or `needs`. */
            page: string;
            /** @description The filter, as the page has it; at most 4 KB. */
            query: Record<string, never>;
        };
        /** @description Who is to be invited. */
        NewInvitation: {
            /**
             * Format: int64
             * @description Unix ms; 24 hours from now if absent, at most 7 days.
             */
            expires_ms?: number | null;
            /** @description Person id. */
            person: string;
            /** @description Places of the role; the person's own if absent. */
            places?: string[] | null;
            /** @description Identity (hex) of the device the new one takes the place of. */
            replaces?: string | null;
            role?: components["schemas"]["RoleName"] | null;
            /** @description Unit; the person's own if absent. */
            unit?: string | null;
        };
        /** @description A passkey to be kept. */
        NewPasskey: {
            /** @description What `navigator.credentials` gave, as JSON: bytes are base64url. */
            credential: {
                [key: string]: unknown;
            };
            /**
             * @description What its owner calls it.
             * @example 办公室电脑
             */
            name: string;
            /** @description Which question. */
            question: string;
        };
        /** @description Another password for oneself. */
        NewPassword: {
            /** @description One-time code, or a recovery code in its place. */
            code?: string | null;
            /** @description 10 to 256 characters. */
            new_password: string;
            /** @description Password that has held so far. */
            password: string;
        };
        /** @description A person to be added. */
        NewPerson: {
            /** @description Id; a new one is made if absent. */
            id?: string | null;
            /** @description Name. */
            name: string;
            /** @description Phone number. */
            phone?: string | null;
            /** @description Places of the role. */
            places?: string[];
            /** @description Role. */
            role: components["schemas"]["RoleName"];
            /** @description Unit of its cadres. */
            unit?: string | null;
        };
        /** @description Something at the root of a document. */
        NodeWords: {
            /** @description Label, English. */
            en: string;
            /** @description The fields below it; for a field itself. */
            fields: components["schemas"]["FieldWords"][];
            /** @description `field`, `group` (a fixed set of fields) or `entries` (maps of the same fields, each under a key of its own). */
            form: string;
            /** @description Key. */
            name: string;
            /** @description Label, Chinese. */
            zh: string;
        };
        /**
         * @description How a notice stands.
         * @enum {string}
         */
        NoticeWanted: "running" | "objected" | "over";
        /** @description A figure. */
        Number: {
            /**
             * @description Which one: a stable name.
             * @example needs_overdue
             */
            key: string;
            /** @description The list behind it. */
            list: components["schemas"]["List"];
            /**
             * Format: int64
             * @description What it is a part of, for a share.
             */
            of?: number | null;
            /**
             * Format: int64
             * @description The figure.
             */
            value: number;
        };
        /** @description Changes to decide about. */
        Numbers: {
            /** @description At most 200, decided in this order. */
            numbers: number[];
        };
        /** @description What became of one of them. */
        Outcome: {
            /**
             * Format: int64
             * @description Number of the change.
             */
            no: number;
            /** @description `done`, `unknown`, `decided_before` or `refused`. */
            outcome: string;
            /** @description Why the gate refused it; it stays in quarantine. */
            reason?: string | null;
        };
        /** @description The figures of a place. */
        Overview: {
            /**
             * Format: int64
             * @description Unix ms at which this was so.
             */
            at_ms: number;
            /** @description Monitored households by monitoring type. */
            monitored_by_type: components["schemas"]["MonitoredType"][];
            /** @description The figures. */
            numbers: components["schemas"]["Number"][];
            place?: components["schemas"]["PlaceName"] | null;
            /** @description The places one level down; of a village, itself. */
            places: components["schemas"]["PlaceRow"][];
            /** @description Of a village: who works in it. */
            team: components["schemas"]["Member"][];
        };
        /** @description One page of a list. */
        Page_Change: {
            /** @description The rows. */
            items: {
                /** @description What it did. A value that is not shown is `{"hidden": true}`. */
                changes: components["schemas"]["Difference"][];
                /**
                 * Format: int64
                 * @description When the device says it was made, Unix seconds. Not to be believed.
                 */
                claimed_s: number;
                /**
                 * Format: int64
                 * @description Author number of the device.
                 */
                device: number;
                /** @description Their name. */
                name?: string | null;
                /** @description Who made it; absent for the server itself. */
                person?: string | null;
                /**
                 * Format: int64
                 * @description When it arrived, Unix ms.
                 */
                received_ms: number;
                /** @description The role of their device. */
                role?: string | null;
                /**
                 * Format: int64
                 * @description The document's version that it made.
                 */
                version: number;
            }[];
            /** @description Give this as `after` to get the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_DeviceView: {
            /** @description The rows. */
            items: {
                /** @description Words to compare with those on the phone, while pending. */
                check_words: components["schemas"]["Word"][];
                /**
                 * Format: int64
                 * @description Unix ms.
                 */
                created_ms: number;
                /** @description Person id, or `cli`. */
                decided_by?: string | null;
                /**
                 * Format: int64
                 * @description Unix ms.
                 */
                decided_ms?: number | null;
                /** @description Whether it is a browser at a desk, let in by signing in. */
                desk: boolean;
                /** @description Identity, hex. */
                device_id: string;
                /**
                 * Format: int64
                 * @description Unix ms; 0 while there is no grant.
                 */
                grant_expires_ms: number;
                /**
                 * Format: int64
                 * @description Rises with every decision.
                 */
                grant_version: number;
                health?: components["schemas"]["Health"] | null;
                /** @description Id of the invitation it came with. */
                invitation?: string | null;
                /** @description Make and model. */
                model: string;
                /** @description What people call it. */
                name: string;
                /**
                 * Format: int64
                 * @description Author number.
                 */
                no: number;
                /**
                 * Format: int64
                 * @description Hours it works without contact.
                 */
                offline_grace_hours: number;
                /** @description Person id. */
                person?: string | null;
                /** @description Their name. */
                person_name?: string | null;
                /** @description Places of the role. */
                places: string[];
                /** @description Identity of the device it takes the place of, hex. */
                replaces?: string | null;
                role?: components["schemas"]["RoleName"] | null;
                scope_size?: components["schemas"]["ScopeSize"] | null;
                /** @description Where it stands. */
                status: components["schemas"]["Status"];
                /** @description Code of the reason, or empty. */
                status_reason: string;
                /** @description Unit of its cadre. */
                unit?: string | null;
                walk_up?: components["schemas"]["WalkUp"] | null;
            }[];
            /** @description Give this as `after` to get the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_Entry: {
            /** @description The rows. */
            items: {
                /**
                 * @description What was done, such as `device.approve`.
                 * @example device.approve
                 */
                action: string;
                /** @description Person id, or `cli`. */
                actor: string;
                /**
                 * Format: int64
                 * @description Unix ms.
                 */
                at_ms: number;
                /** @description Codes and ids that say more. */
                detail: Record<string, never>;
                /** @description Hash of this entry and everything before it, hex. */
                hash: string;
                /**
                 * Format: int64
                 * @description Number, without gaps.
                 */
                seq: number;
                /** @description Id of what it was done to. */
                subject: string;
            }[];
            /** @description Give this as `after` to get the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_Invitation: {
            /** @description The rows. */
            items: {
                /** @description Person id, or `cli`. */
                created_by: string;
                /**
                 * Format: int64
                 * @description Unix ms.
                 */
                created_ms: number;
                /**
                 * Format: int64
                 * @description Unix ms.
                 */
                expires_ms: number;
                /** @description Id. */
                id: string;
                /** @description Person id. */
                person: string;
                /** @description Places of the role. */
                places: string[];
                /**
                 * Format: int64
                 * @description Number of the device the new one takes the place of.
                 */
                replaces_device?: number | null;
                /**
                 * Format: int64
                 * @description Unix ms.
                 */
                revoked_ms?: number | null;
                /** @description Role of the device. */
                role: components["schemas"]["RoleName"];
                /** @description Where it stands. */
                state: components["schemas"]["State"];
                /**
                 * Format: int64
                 * @description Wrong codes that named it.
                 */
                tries: number;
                /** @description Unit. */
                unit?: string | null;
                /**
                 * Format: int64
                 * @description Unix ms.
                 */
                used_ms?: number | null;
            }[];
            /** @description Give this as `after` to get the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_Pending: {
            /** @description The rows. */
            items: (components["schemas"]["DeviceView"] & {
                /** @description What to know before deciding. */
                hints: components["schemas"]["Hint"][];
            })[];
            /** @description Give this as `after` to get the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_Person: {
            /** @description The rows. */
            items: {
                /** @description Whether they still take part. */
                active: boolean;
                /**
                 * Format: int64
                 * @description Unix ms.
                 */
                created_ms: number;
                /** @description Id. */
                id: string;
                /** @description Name. */
                name: string;
                /** @description Phone number, if they gave one. */
                phone?: string | null;
                /** @description Villages, a township or a county, as the role has it. For administrators: what they administer, empty for all. */
                places: string[];
                /** @description Role. */
                role: components["schemas"]["RoleName"];
                /** @description Unit of its cadres. */
                unit?: string | null;
                /**
                 * Format: int64
                 * @description Unix ms.
                 */
                updated_ms: number;
            }[];
            /** @description Give this as `after` to get the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_Quarantined: {
            /** @description The rows. */
            items: {
                /** @description What it would do. */
                changes: components["schemas"]["Difference"][];
                /**
                 * Format: int64
                 * @description When the device says it was made, Unix seconds. Not to be believed.
                 */
                claimed_s: number;
                /**
                 * Format: int64
                 * @description Author number of the device that signed it.
                 */
                device: number;
                /** @description Identity of that device, hex. */
                device_id: string;
                /**
                 * @description The document.
                 * @example h001
                 */
                doc: string;
                /**
                 * @description What the document is.
                 * @example household
                 */
                kind: string;
                /**
                 * Format: int64
                 * @description Its number, for the decision.
                 */
                no: number;
                /** @description Person on the device. */
                person?: string | null;
                /**
                 * @description Why it waits: a stable code.
                 * @example device_revoked
                 */
                reason: string;
                /**
                 * Format: int64
                 * @description When it arrived, Unix ms.
                 */
                received_ms: number;
                /** @description Village it lies in now; absent for a document that does not exist. */
                village?: string | null;
            }[];
            /** @description Give this as `after` to get the next page; absent on the last. */
            next?: string | null;
        };
        /** @description A pairing: either a whole village, or one household with the cadre who stands by it. */
        Pairing: {
            /**
             * Format: int64
             * @description Unix ms.
             */
            created_ms?: number;
            /** @description The household's document id, for a pairing with one. */
            household?: string | null;
            /** @description Id; made by the server. */
            id?: string;
            /** @description The cadre, for a pairing with one household. */
            person?: string | null;
            /** @description The unit. */
            unit: string;
            /** @description The village, for a pairing with all of it. */
            village?: string | null;
        };
        /** @description What a browser answers. */
        PasskeyAnswer: {
            /** @description What `navigator.credentials` gave, as JSON: bytes are base64url. */
            credential: {
                [key: string]: unknown;
            };
            /** @description Which question. */
            question: string;
        };
        /** @description What somebody signs in with. */
        PasskeyLogin: {
            /** @description What `navigator.credentials` gave, as JSON: bytes are base64url. */
            credential: {
                [key: string]: unknown;
            };
            /** @description Which question. */
            question: string;
            /** @description For scripts: answer with the token instead of a cookie. */
            want_token?: boolean;
        };
        /** @description Another name. */
        PasskeyName: {
            /** @description 1 to 100 characters. */
            name: string;
        };
        /** @description A passkey for its owner. */
        PasskeyView: {
            /**
             * Format: int64
             * @description Unix ms.
             */
            created_ms: number;
            /** @description Handle. */
            id: string;
            /**
             * Format: int64
             * @description Unix ms of the last sign-in or confirmation with it; absent if there was none.
             */
            last_used_ms?: number | null;
            /** @description What its owner calls it. */
            name: string;
        };
        /** @description A device waiting for a decision. */
        Pending: components["schemas"]["DeviceView"] & {
            /** @description What to know before deciding. */
            hints: components["schemas"]["Hint"][];
        };
        /** @description A person. */
        Person: {
            /** @description Whether they still take part. */
            active: boolean;
            /**
             * Format: int64
             * @description Unix ms.
             */
            created_ms: number;
            /** @description Id. */
            id: string;
            /** @description Name. */
            name: string;
            /** @description Phone number, if they gave one. */
            phone?: string | null;
            /** @description Villages, a township or a county, as the role has it. For administrators: what they administer, empty for all. */
            places: string[];
            /** @description Role. */
            role: components["schemas"]["RoleName"];
            /** @description Unit of its cadres. */
            unit?: string | null;
            /**
             * Format: int64
             * @description Unix ms.
             */
            updated_ms: number;
        };
        /** @description What can change about a person. Their active devices follow a change of role, places or unit. */
        PersonUpdate: {
            /** @description `false` suspends their devices and ends their sessions. */
            active?: boolean | null;
            /** @description New name. */
            name?: string | null;
            /** @description New phone number; empty removes it. */
            phone?: string | null;
            /** @description New places. */
            places?: string[] | null;
            role?: components["schemas"]["RoleName"] | null;
            /** @description New unit; empty removes it. */
            unit?: string | null;
        };
        /** @description A place. */
        Place: {
            /**
             * @description Code of the place; a village's is also the id of its document.
             * @example 530122104203
             */
            id: string;
            /** @description Level. */
            level: components["schemas"]["Level"];
            /**
             * @description Name.
             * @example 青山村
             */
            name: string;
            /** @description The place one level up; absent for a county. */
            parent?: string | null;
        };
        /** @description A place by name. */
        PlaceName: {
            /** @description Its code. */
            id: string;
            /** @description How high it stands. */
            level: components["schemas"]["Level"];
            /** @description Its name. */
            name: string;
            /** @description The place above it, if that is one's own too. */
            parent?: string | null;
        };
        /** @description A place in the grid of the health of data. */
        PlaceRow: {
            /**
             * Format: int64
             * @description Household files and needs with fields of more than one value.
             */
            conflicts: number;
            /**
             * Format: int64
             * @description Phones of it.
             */
            devices: number;
            /**
             * Format: int64
             * @description Households with a guarantee that is not met.
             */
            gaps: number;
            /**
             * Format: int64
             * @description Households.
             */
            households: number;
            /** @description Its code. */
            id: string;
            /**
             * Format: int64
             * @description Unix ms at which any phone of it was heard last.
             */
            last_heard_ms?: number | null;
            /** @description How high it stands. */
            level: components["schemas"]["Level"];
            /**
             * Format: int64
             * @description Monitored households whose risk has not gone.
             */
            monitored: number;
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description Needs that are neither solved nor closed.
             */
            open_needs: number;
            /**
             * Format: int64
             * @description Those of them that were due before today.
             */
            overdue_needs: number;
            /**
             * Format: int64
             * @description People living in them.
             */
            people: number;
            /**
             * Format: int64
             * @description Villages in it that have phones, none of which was heard in the days that were asked about.
             */
            silent: number;
            /**
             * Format: int64
             * @description Changes on these phones that the server has not yet got, by what they said last.
             */
            unsent: number;
            /**
             * Format: int64
             * @description Age of the oldest of these, seconds, by what they said last.
             */
            unsent_age_s: number;
            /**
             * Format: int64
             * @description Villages in it.
             */
            villages: number;
            /**
             * Format: int64
             * @description Households visited in the last 30 days.
             */
            visited_30: number;
            /**
             * Format: int64
             * @description Households visited in the last 90 days.
             */
            visited_90: number;
        };
        /** @description What can change about a place. */
        PlaceUpdate: {
            /** @description New name. */
            name?: string | null;
            /** @description New parent, one level up. */
            parent?: string | null;
        };
        /** @description What a move would do. */
        Preview: {
            /** @description Devices that would get other documents. */
            devices: components["schemas"]["Touched"][];
            /**
             * Format: int64
             * @description Household files in them.
             */
            households: number;
            /**
             * Format: int64
             * @description Needs in them that are neither solved nor closed.
             */
            open_needs: number;
            /**
             * Format: int64
             * @description People who work there.
             */
            people: number;
            /** @description Villages that would lie elsewhere, or that a person would gain or lose. */
            villages: string[];
        };
        /** @description The body of every error. */
        Problem: {
            /** @description Stable code. */
            code: string;
            /** @description What happened and what to do. */
            detail: string;
            /** @description What is wrong with which field. */
            errors?: components["schemas"]["FieldError"][];
            /** @description Quote this when asking for help. */
            request_id: string;
            /**
             * Format: int32
             * @description HTTP status.
             */
            status: number;
            /** @description A few words. */
            title: string;
            /**
             * @description `urn:qiao:problem:` and the code.
             * @example urn:qiao:problem:step_up_needed
             */
            type: string;
        };
        /** @description A change in quarantine. */
        Quarantined: {
            /** @description What it would do. */
            changes: components["schemas"]["Difference"][];
            /**
             * Format: int64
             * @description When the device says it was made, Unix seconds. Not to be believed.
             */
            claimed_s: number;
            /**
             * Format: int64
             * @description Author number of the device that signed it.
             */
            device: number;
            /** @description Identity of that device, hex. */
            device_id: string;
            /**
             * @description The document.
             * @example h001
             */
            doc: string;
            /**
             * @description What the document is.
             * @example household
             */
            kind: string;
            /**
             * Format: int64
             * @description Its number, for the decision.
             */
            no: number;
            /** @description Person on the device. */
            person?: string | null;
            /**
             * @description Why it waits: a stable code.
             * @example device_revoked
             */
            reason: string;
            /**
             * Format: int64
             * @description When it arrived, Unix ms.
             */
            received_ms: number;
            /** @description Village it lies in now; absent for a document that does not exist. */
            village?: string | null;
        };
        /** @description What a browser is asked. */
        Question: {
            /** @description What `navigator.credentials` takes (WebAuthn), as JSON: bytes are base64url. */
            options: {
                [key: string]: unknown;
            };
            /** @description Names the question; goes back with the answer, once and within five minutes. */
            question: string;
        };
        /** @description A notice or plan that belongs to a case. */
        Related: Record<string, never> & {
            /** @description Id of its document. */
            id: string;
            /** @description Of a notice: `public` or `circular`. */
            sort?: string | null;
            /** @description Title. */
            title?: string | null;
            /** @description Of a plan: the unit that answers for it. */
            unit?: string | null;
            /** @description Its name. */
            unit_name?: string | null;
        };
        /** @description Another name. */
        Rename: {
            /** @description What to call the device. */
            name: string;
        };
        /** @description A new password. */
        Reset: {
            /** @description At least 10 characters. */
            password: string;
        };
        /**
         * @description The names of the roles, for the interface description.
         * @enum {string}
         */
        RoleName: "team" | "committee" | "village_cadre" | "unit" | "township" | "county" | "admin" | "relay";
        /** @description A kept search. */
        SavedFilter: {
            /**
             * Format: int64
             * @description Unix ms.
             */
            created_ms: number;
            /** @description Id. */
            id: string;
            /** @description Name. */
            name: string;
            /**
             * @description The page it belongs to.
             * @example households
             */
            page: string;
            /** @description The filter, as the page has it. */
            query: Record<string, never>;
        };
        /** @description What a device holds of the register, by what its feeds hold now. */
        ScopeSize: {
            /**
             * Format: int64
             * @description Bytes of them as they are sent.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Documents.
             */
            documents: number;
        };
        /** @description What households are looked for. Everything narrows; nothing given means all one may see. */
        Search: {
            /**
             * @description Whether the risk is said to be gone.
             * @default null
             */
            cleared: boolean | null;
            /**
             * @description Whether fields wait for somebody to choose between values.
             * @default null
             */
            conflicts: boolean | null;
            /**
             * @description Whether to count all that fit.
             * @default false
             */
            count: boolean;
            /**
             * @description `next` of the page before.
             * @default null
             */
            cursor: string | null;
            /**
             * @description Guarantees of which one is not met: `food`, `clothing`, `education`, `medical_insurance`, `housing`, `water`,
             *     or `any`.
             * @default []
             */
            gap: string[];
            /**
             * Format: int64
             * @description Only of this village group.
             * @default null
             */
            group: number | null;
            /**
             * @description Household types, one of them.
             * @default []
             */
            household_type: string[];
            /**
             * Format: int64
             * @description Rows wanted, at most 500.
             * @default null
             */
            limit: number | null;
            /**
             * @description Whether they are monitored.
             * @default null
             */
            monitored: boolean | null;
            /**
             * @description Monitoring types, one of them.
             * @default []
             */
            monitoring_type: string[];
            /**
             * Format: int64
             * @description Without a visit in so many days.
             * @default null
             */
            not_visited_days: number | null;
            /**
             * @description Only in the villages of this place.
             * @default null
             */
            place: string | null;
            /**
             * @description Words, all of which must fit: part of a name, its pinyin or initials, the household's number, the last four to
             *     six characters of an identity number.
             * @default
             * @example zhang 0012
             */
            q: string;
            /**
             * @description `active` (also where nothing is said), `moved_away` or `closed`.
             * @default null
             */
            register_state: string | null;
            /**
             * @description Main risks, one of them.
             * @default []
             */
            risk: string[];
            /**
             * @description Risk states, one of them.
             * @default []
             */
            risk_state: string[];
            /**
             * @description Only in these villages.
             * @default []
             */
            villages: string[];
            /**
             * Format: int64
             * @description With a visit in so many days.
             * @default null
             */
            visited_days: number | null;
            /**
             * @description Whether no measure of assistance is under way.
             * @default null
             */
            without_measure: boolean | null;
        };
        /** @description What the new owner needs; shown now and never again. */
        Secrets: {
            /** @description Login. */
            login: string;
            /** @description The same as a QR code (SVG). */
            otpauth_qr_svg?: string | null;
            /** @description `otpauth://` address for the authenticator app; absent without one-time codes. */
            otpauth_url?: string | null;
            /** @description Person id. */
            person: string;
            /** @description Each replaces one one-time code, once. */
            recovery_codes: string[];
        };
        /** @description A session for its owner. */
        SessionView: {
            /**
             * Format: int64
             * @description Unix ms.
             */
            created_ms: number;
            /** @description Whether it is the one that asks. */
            current: boolean;
            /**
             * Format: int64
             * @description Unix ms.
             */
            expires_ms: number;
            /** @description Handle. */
            id: string;
            /**
             * Format: int64
             * @description Unix ms.
             */
            last_seen_ms: number;
            /** @description Browser, as it names itself. */
            user_agent: string;
        };
        /** @description One value of a conflict. */
        Side: {
            /**
             * Format: int64
             * @description When it was written, by the author's clock, Unix seconds.
             */
            at_s: number;
            /** @description Their name. */
            name?: string | null;
            /** @description Who wrote it. */
            person?: string | null;
            /** @description Their role. */
            role?: string | null;
            /** @description The value; `{"hidden": true}` for one that is not shown. */
            value: Record<string, never>;
        };
        /**
         * @description Where an invitation stands.
         * @enum {string}
         */
        State: "open" | "used" | "expired" | "revoked" | "dead";
        /**
         * @description Where a device stands.
         * @enum {string}
         */
        Status: "pending" | "active" | "denied" | "revoked" | "lost" | "suspended" | "replaced";
        /** @description What a signed-in person confirms their identity with. */
        StepUp: {
            /** @description One-time code, or a recovery code in its place. */
            code?: string | null;
            /** @description Password. */
            password: string;
        };
        /** @description The team of a village. */
        Team: {
            /** @description Days on duty of all members in each of them. */
            days: number[];
            /** @description By name. */
            members: components["schemas"]["TeamMember"][];
            /** @description Twelve months up to this one. */
            months: string[];
            /** @description The village. */
            village: string;
            /** @description Its name. */
            village_name: string;
        };
        /** @description Somebody's month. */
        TeamMember: {
            confirmed?: components["schemas"]["Confirmed"] | null;
            /** @description The document of the month, once there is one. */
            doc?: string | null;
            /**
             * Format: int64
             * @description Days of leave.
             */
            leave: number;
            /** @description Where each day was spent. */
            marks: {
                [key: string]: string;
            };
            /** @description Name. */
            name: string;
            /**
             * Format: int64
             * @description Requests for leave nobody has decided on.
             */
            open_leaves: number;
            /** @description Id. */
            person: string;
            /**
             * Format: int64
             * @description Days in the village.
             */
            present: number;
            /**
             * Format: int64
             * @description Days of rest.
             */
            rest: number;
            /**
             * Format: int64
             * @description Days in training.
             */
            training: number;
            /**
             * Format: int64
             * @description Days on a duty trip.
             */
            trip: number;
        };
        /** @description Days on duty of a village's team by month. */
        TeamMonths: {
            /** @description Days present, on a trip or in training, of all members. */
            days: number[];
            /** @description Its name. */
            name: string;
            /** @description The village. */
            village: string;
        };
        /** @description What the team of a village has done in a month. */
        TeamRow: {
            /**
             * Format: int64
             * @description Days present, on a trip or in training, of all of them.
             */
            days: number;
            /**
             * Format: int64
             * @description Days they ought to have come to by now.
             */
            days_expected: number;
            /**
             * Format: int64
             * @description Households of the village.
             */
            households: number;
            /**
             * Format: int64
             * @description Members.
             */
            members: number;
            /** @description `YYYY-MM`. */
            month: string;
            /** @description Its name. */
            name: string;
            /** @description The village. */
            village: string;
            /**
             * Format: int64
             * @description Those visited in the last 30 days.
             */
            visited_30: number;
        };
        /** @description A device that would be reached. */
        Touched: {
            /** @description Whether it is a browser at a desk. */
            desk: boolean;
            /** @description Villages whose documents it would get. */
            gains: string[];
            /**
             * Format: int64
             * @description Unix ms at which it was heard last.
             */
            last_seen_ms?: number | null;
            /** @description Villages whose documents it would forget. */
            loses: string[];
            /** @description Name. */
            name: string;
            /**
             * Format: int64
             * @description Author number.
             */
            no: number;
            /** @description Person on the device. */
            person?: string | null;
            /** @description Their name. */
            person_name?: string | null;
            /**
             * Format: int64
             * @description Changes it has not sent yet, by what it said last. They go out first, and are judged by the rights it has then.
             */
            unsent: number;
        };
        /** @description Monitored households of one type. */
        TypeCount: {
            /**
             * Format: int64
             * @description Whose risk ended since.
             */
            cleared: number;
            /**
             * Format: int64
             * @description Identified since.
             */
            new: number;
            /**
             * Format: int64
             * @description At risk, by the household files.
             */
            present: number;
            /**
             * Format: int64
             * @description Rolled back since.
             */
            rolled_back: number;
            /** @description Monitoring type; empty where none is said. */
            type: string;
        };
        /** @description Monitored households of one type by month. */
        TypeMonths: {
            /** @description Whose risk ended. */
            cleared: number[];
            /** @description Identified. */
            new: number[];
            /** @description Rolled back. */
            rolled_back: number[];
            /** @description Monitoring type; empty where none is said. */
            type: string;
        };
        /** @description A unit. */
        Unit: {
            /** @description County it works in. */
            county?: string | null;
            /** @description Id. */
            id?: string;
            /** @description What sort: `department`, `enterprise`, `university`, … */
            kind?: string;
            /**
             * @description Name.
             * @example 县水务局
             */
            name: string;
        };
        /** @description What can change about a unit. */
        UnitUpdate: {
            /** @description New kind. */
            kind?: string | null;
            /** @description New name. */
            name?: string | null;
        };
        /** @description Whether the chain holds. */
        Verification: {
            /**
             * Format: int64
             * @description Number of the first entry that does not fit, or of the first one missing.
             */
            broken_at?: number | null;
            /**
             * Format: int64
             * @description Entries read.
             */
            entries: number;
            /** @description Hash of the last entry, hex: keep it elsewhere to detect a chain rewritten from the start. */
            head: string;
            /** @description True if every entry fits the one before it and none is missing. */
            intact: boolean;
        };
        /** @description What checking the signatures came to. */
        Verified: {
            /**
             * Format: int64
             * @description Changes that were looked at.
             */
            changes: number;
            /** @description Everything is as it was signed. */
            ok: boolean;
            /** @description What is wrong with the log or with a signature. */
            problems: string[];
        };
        /** @description A village by month. */
        VillageMonths: components["schemas"]["Months"] & {
            /** @description Its code. */
            id: string;
            /** @description Its name. */
            name: string;
        };
        /** @description A visit. */
        Visit: {
            /** @description Name of who visited. */
            author_name?: string | null;
            /** @description Key of the visit that corrects this one. */
            corrected_by?: string | null;
            /**
             * @description What was written down: `date`, `author`, `purpose`, `presence`, `found`, `promised`, `next_on`, `companions`,
             *     `corrects`.
             */
            entry: Record<string, never>;
            /** @description Key of the entry. */
            key: string;
            /**
             * Format: int32
             * @description Year of the journal.
             */
            year?: number | null;
        };
        /** @description Who an uninvited person says they are. */
        WalkUp: {
            /** @description Name. */
            name: string;
            /** @description Anything else. */
            note?: string;
            /** @description Code of the place they work in, or its name. */
            place: string;
        };
        /** @description How one may sign in here. */
        Ways: {
            /** @description Whether passkeys can be used at this address. */
            passkeys: boolean;
            /** @description What the single sign-on is called, if there is one. */
            single_sign_on?: string | null;
        };
        /** @description One check word in both languages. */
        Word: {
            /**
             * @description English.
             * @example tiger
             */
            en: string;
            /**
             * @description Chinese.
             * @example 老虎
             */
            zh: string;
        };
        /** @description A code and its meaning. */
        Words: {
            /** @description As stored and sent. */
            code: string;
            /** @description English. */
            en: string;
            /** @description Chinese. */
            zh: string;
        };
    };
    responses: {
        /** @description Refused, with the reason */
        Refused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAccounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountView"][];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    createAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccount"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Secrets"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    deleteAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the person */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    resetAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the person */
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reset"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Secrets"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    linkAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the person */
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Link"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    unlinkAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the person */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    getActivity: {
        parameters: {
            query?: {
                /** @description Months up to the present one: 12 unless told, at most 36. */
                months?: number;
                /** @description Only of this village. */
                village?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Activity"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    attachment: {
        parameters: {
            query: {
                /** @description A document that names it. */
                doc: string;
                /** @description To be saved instead of shown. */
                download?: boolean;
            };
            header?: never;
            path: {
                /** @description Name of the attachment, as in the document */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description A part of them */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    getAttendance: {
        parameters: {
            query?: {
                /** @description `YYYY-MM`; the present one unless told. */
                month?: string;
                /** @description A place in one's area; otherwise one's own. */
                place?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttendanceMonth"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description Only of this action, or of all that begin with it: `device.` finds every decision about devices. */
                action?: string;
                /** @description Only by this person, or `cli`. */
                actor?: string;
                /** @description `next` of the page before. */
                after?: string;
                /** @description Rows wanted, at most 500. */
                limit?: number;
                /** @description Only at or after this time, Unix ms. */
                since_ms?: number;
                /** @description Only about the thing with this id. */
                subject?: string;
                /** @description Only before this time, Unix ms. */
                until_ms?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Entry"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    verifyAudit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verification"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    listCases: {
        parameters: {
            query?: {
                /** @description How the next limit stands, or one of those that are named. */
                clock?: "overdue" | "due" | "warning" | "running" | "paused";
                /** @description Whether nothing moves any more. */
                closed?: boolean;
                /** @description Whether to count all that fit. */
                count?: boolean;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description Whether they were accepted and decided since `since`. */
                decided?: boolean;
                /** @description Whose turn it is, one of these roles. */
                holder?: string;
                /** @description Only of this household. */
                household?: string;
                /** @description `application` or `case`. */
                kind?: string;
                /** @description Whether a near relative of a handler is concerned. */
                kinship?: boolean;
                /** @description Whether events came too late to count. */
                late?: boolean;
                /** @description Rows wanted, at most 500. */
                limit?: number;
                /** @description How a monitored household stands. */
                monitored?: "present" | "new" | "cleared" | "rolled_back";
                /** @description Monitoring types, one of them. */
                monitoring_type?: string;
                /** @description Clocks that count for `clock`. */
                named?: string;
                /** @description How a notice stands. */
                notice?: "running" | "objected" | "over";
                /** @description The day to count from instead of today. Cases are as they are now. */
                on?: string;
                /** @description Whether aid was given and the paperwork is not done. */
                paperwork?: boolean;
                /** @description Only in the villages of this place. */
                place?: string;
                /**
                 * @description Procedures, one of them.
                 * @example minimum_living,extreme_hardship
                 */
                procedure?: string;
                /** @description For what is new, cleared, rolled back and decided: from this day on; 1 January unless told. */
                since?: string;
                /** @description States, one of them. */
                state?: string;
                /** @description Whether they have begun and nothing is decided. */
                undecided?: boolean;
                /** @description Only in this village. */
                village?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cases"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    getCase: {
        parameters: {
            query?: {
                /** @description Also what is sensitive; noted in the audit. */
                sensitive?: boolean;
                /** @description Check the signature over every change. */
                verify?: boolean;
            };
            header?: never;
            path: {
                /** @description Id of its document */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseFile"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    drawCases: {
        parameters: {
            query: {
                /**
                 * @description Cases sent to the county in this month, `YYYY-MM`.
                 * @example 2026-11
                 */
                month: string;
                /** @description Only in the villages of this place. */
                place?: string;
                /**
                 * @description The procedure.
                 * @example extreme_hardship
                 */
                procedure: string;
                /** @description Percent that are drawn, rounded up: 30 unless told, and no fewer in extreme hardship. */
                share?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Draw"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    searchCases: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseSearch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cases"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    getCaseworkMonths: {
        parameters: {
            query?: {
                /** @description Months up to the present one: 12 unless told, at most 36. */
                months?: number;
                /** @description A place in one's area; otherwise one's own. */
                place?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseworkMonths"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    getCaseworkNumbers: {
        parameters: {
            query?: {
                /** @description The day to count from instead of today. Cases are as they are now. */
                on?: string;
                /** @description A place in one's area; otherwise one's own. */
                place?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseworkNumbers"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    getCatalogue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Catalogue"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    listDevices: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description Rows wanted, at most 500. */
                limit?: number;
                /** @description Only of this person. */
                person?: string;
                /** @description Only in this state. */
                status?: "pending" | "active" | "denied" | "revoked" | "lost" | "suspended" | "replaced";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_DeviceView"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    getDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    renameDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rename"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    extendDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Extend"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    getDeviceHistory: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description Rows wanted, at most 500. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Identity, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Entry"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    markDeviceLost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Because"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    replaceDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Created"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    resumeDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    revokeDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Because"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    rotateDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    suspendDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Because"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    getHistory: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description Changes wanted, at most 200. */
                limit?: number;
                /** @description Also values that are sensitive; noted in the audit. */
                sensitive?: boolean;
            };
            header?: never;
            path: {
                /** @description Id of the document */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Change"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    listEnrolments: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description Rows wanted, at most 500. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Pending"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    approveEnrolment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity of the device, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Approval"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    denyEnrolment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Identity of the device, hex */
                device_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Denial"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceView"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    events: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            429: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    exportHouseholds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Export"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": unknown;
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    listFilters: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedFilter"][];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    createFilter: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewFilter"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedFilter"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    deleteFilter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the kept search */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    getHousehold: {
        parameters: {
            query?: {
                /** @description Also what is sensitive; noted in the audit. */
                sensitive?: boolean;
            };
            header?: never;
            path: {
                /** @description Id of the household file */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HouseholdFile"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    previewHousehold: {
        parameters: {
            query: {
                /** @description The village. */
                village: string;
            };
            header?: never;
            path: {
                /** @description Id of the household file */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HouseholdPreview"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    searchHouseholds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Search"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Households"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description Rows wanted, at most 500. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Invitation"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    createInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewInvitation"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Created"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    revokeInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the invitation */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    createInvitations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Bulk"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Created"][];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    listPasskeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyView"][];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    addPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPasskey"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyView"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    removePasskey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Handle of the passkey */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    renamePasskey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Handle of the passkey */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyName"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    askForNewPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Question"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPassword"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            429: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    listNeeds: {
        parameters: {
            query?: {
                /** @description Categories, one of them. */
                category?: string;
                /** @description Whether fields wait for somebody to choose between values. */
                conflicts?: boolean;
                /** @description Whether to count all that fit. */
                count?: boolean;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description Only of this household. */
                household?: string;
                /** @description Rows wanted, at most 500. */
                limit?: number;
                /** @description Neither solved nor closed; false for the others. */
                open?: boolean;
                /** @description Open, and due before today. */
                overdue?: boolean;
                /** @description Only in the villages of this place. */
                place?: string;
                /**
                 * @description States, one of them.
                 * @example open,assigned
                 */
                state?: string;
                /** @description Only those given to this unit. */
                unit?: string;
                /** @description Urgencies, one of them. */
                urgency?: string;
                /** @description Only in this village. */
                village?: string;
                /** @description What they wait for. */
                waiting?: "unassigned" | "not_accepted" | "answered" | "handed_back";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Needs"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    getOverview: {
        parameters: {
            query?: {
                /** @description A place in one's area; otherwise one's own. */
                place?: string;
                /** @description Days without a word after which a village is silent: 7 unless told. */
                silent_days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    listPairings: {
        parameters: {
            query?: {
                /** @description Only of this unit. */
                unit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pairing"][];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    createPairing: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Pairing"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pairing"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    deletePairing: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the pairing */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    listPeople: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description Rows wanted, at most 500. */
                limit?: number;
                /** @description Only with this place. */
                place?: string;
                /** @description Only this role. */
                role?: "team" | "committee" | "village_cadre" | "unit" | "township" | "county" | "admin" | "relay";
                /** @description Only of this unit. */
                unit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Person"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    createPerson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPerson"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    getPerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the person */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    updatePerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the person */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    previewPerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the person */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    listPlaces: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Place"][];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    createPlace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Place"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Place"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    updatePlace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Code of the place */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Place"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    getPlaceFigures: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Code of the place */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Figures"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    previewPlace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Code of the place */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    listQuarantine: {
        parameters: {
            query?: {
                /** @description `next` of the page before. */
                after?: string;
                /** @description Only of the device with this identity, hex. */
                device_id?: string;
                /** @description Rows wanted, at most 500. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Quarantined"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    discardQuarantine: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Numbers"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outcome"][];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    releaseQuarantine: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Numbers"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outcome"][];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            429: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    openDesk: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeskRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Desk"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    signInWithPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyLogin"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    askForPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Question"];
                };
            };
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            429: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    leaveToSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description See Other */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            429: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    comeBackSignedIn: {
        parameters: {
            query?: {
                /** @description To be exchanged for the token; absent if the issuer refused. */
                code?: string;
                /** @description Which round trip. */
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description See Other */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    stepUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StepUp"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            429: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    stepUpWithPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyAnswer"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    askForOwnPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Question"];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            429: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    signInWays: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ways"];
                };
            };
            408: components["responses"]["Refused"];
            429: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"][];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Handle of the session */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    listUnits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unit"][];
                };
            };
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
        };
    };
    createUnit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Unit"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unit"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    updateUnit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the unit */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UnitUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unit"];
                };
            };
            400: components["responses"]["Refused"];
            401: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
    enrol: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrolRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrolled"];
                };
            };
            400: components["responses"]["Refused"];
            403: components["responses"]["Refused"];
            404: components["responses"]["Refused"];
            408: components["responses"]["Refused"];
            409: components["responses"]["Refused"];
            410: components["responses"]["Refused"];
            413: components["responses"]["Refused"];
            415: components["responses"]["Refused"];
            422: components["responses"]["Refused"];
            429: components["responses"]["Refused"];
            503: components["responses"]["Refused"];
            507: components["responses"]["Refused"];
        };
    };
}
