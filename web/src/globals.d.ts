/** True beside the dev server: pages for those who build the app. */
declare const __DEV_PAGES__: boolean;
